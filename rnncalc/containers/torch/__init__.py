"""What ``torch.save`` stored, without PyTorch: a pickle machine that obeys an allow-list."""
