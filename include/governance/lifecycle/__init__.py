"""What a lifecycle state requires: policies, reviews, retirement criteria."""
