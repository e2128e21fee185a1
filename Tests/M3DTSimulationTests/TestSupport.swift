// In all files of this target.
@_exported import M3DTTestSupport
