"""What the Azure sources share."""
