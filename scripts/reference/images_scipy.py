"""Writes the small image files that Tests/FormatsTests reads.

The MATLAB files are SciPy's, with and without compression, and hold what `chardata.mat` holds beside the
images too: texts, integers and a structure. The IDX file is compressed by Python's gzip.

    python scripts/reference/images_scipy.py Tests/FormatsTests/Reference
"""
import gzip
import struct
import sys

import numpy as np
import scipy.io

folder = sys.argv[1]
# Gray values (k mod 256) / 255 in the order of the file, one image of 4 x 4 per column.
data = (np.arange(16 * 5) % 256 / 255.0).reshape((16, 5), order="F")
test = (np.arange(16 * 2) * 3 % 256 / 255.0).reshape((16, 2), order="F")
contents = {
    "data": data,
    "testdata": test,
    "target": np.eye(3, 5),
    "targetchar": np.arange(5, dtype=np.uint8)[None],
    "note": "images of four by four",
    "origin": {"name": "made here", "year": 2026.0},
}
for name, compressed in (("compressed", True), ("plain", False)):
    scipy.io.savemat(f"{folder}/{name}.mat", contents, do_compression=compressed)
scipy.io.savemat(f"{folder}/bytes.mat", {"data": np.eye(16, 2).astype(np.uint8), "testdata": np.zeros((16, 1), np.float32)})
pixels = bytes(7 * k % 256 for k in range(3 * 2 * 4))
with open(f"{folder}/images.idx.gz", "wb") as file:
    file.write(gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, 3, 2, 4) + pixels, mtime=0))
