"""What may break is broken here: processes killed, disks filled, databases restarted, deliveries repeated."""
