"""What web forms and marketplaces send, read into submissions."""
