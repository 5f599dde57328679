"""What the Azure sources share: cloud, identity, paced requests, raw ARM pages, and the fields of ARM resources."""
