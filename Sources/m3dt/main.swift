print("m3dt")
