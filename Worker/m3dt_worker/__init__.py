"""What M3DT has done by Python: environments and formats whose libraries are written in it."""
