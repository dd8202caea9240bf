"""What members receive: mails to be sent, and notifications."""
