import M3DTData
