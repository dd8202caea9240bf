"""What is sent because of changes of leads: notifications, mails and webhooks."""
