"""What is to be sent, written in the transaction of the change that it tells of."""
