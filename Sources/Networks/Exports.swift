// What saves and restores parameters speaks of safetensors files, so whoever imports this has them.
@_exported import Formats
