"""What is told at once: alerts as they are raised and vessels as they move, over WebSocket."""
