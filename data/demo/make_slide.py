"""Makes the tiles of the demonstration slide, in slide/, from CMU-1-Small-Region.svs (see NOTICE).

usage: python3 make_slide.py CMU-1-Small-Region.svs        needs: pip install tifffile pillow, and jpegtran

The finest level holds the scanner's own JPEG tiles, cut at the edges but never compressed again. The coarser levels are
averaged from it. The label and the overview of the glass, which may name a patient on other slides, are left out.
"""
import math
import pathlib
import shutil
import subprocess
import sys

import tifffile
from PIL import Image

HERE = pathlib.Path(__file__).parent / "slide"
TILE = 240
COARSE_QUALITY = 80
# Marks RGB as RGB: without it a browser takes three components for YCbCr.
ADOBE_RGB = bytes.fromhex("ffee000e41646f626500640000000000")


def scanner_tiles(page):
    """The JPEG streams of a page with the tables that the file keeps once for all of them."""
    tables = page.jpegtables[2:-2]
    handle = page.parent.filehandle
    for offset, length in zip(page.dataoffsets, page.databytecounts):
        handle.seek(offset)
        stream = handle.read(length)
        yield stream[:2] + ADOBE_RGB + tables + stream[2:]


def finest(page, folder):
    """Writes the finest level; returns it as a picture."""
    height, width = page.shape[:2]
    columns = math.ceil(width / TILE)
    whole = Image.new("RGB", (width, height))
    folder.mkdir(parents=True)
    for number, jpeg in enumerate(scanner_tiles(page)):
        column, row = number % columns, number // columns
        path = folder / f"{column}_{row}.jpeg"
        size = (min(TILE, width - column * TILE), min(TILE, height - row * TILE))
        cut = ["jpegtran", "-copy", "all", "-optimize", "-crop", "%dx%d+0+0" % size]
        path.write_bytes(subprocess.run(cut, input=jpeg, stdout=subprocess.PIPE, check=True).stdout)
        tile = Image.open(path)
        assert tile.size == size, (path, tile.size)
        whole.paste(tile.convert("RGB"), (column * TILE, row * TILE))
    return whole


def coarser(picture, folder):
    folder.mkdir(parents=True)
    for row in range(math.ceil(picture.height / TILE)):
        for column in range(math.ceil(picture.width / TILE)):
            box = (column * TILE, row * TILE, min(picture.width, (column + 1) * TILE), min(picture.height, (row + 1) * TILE))
            save(picture.crop(box), folder / f"{column}_{row}.jpeg")


def save(picture, path):
    picture.save(path, quality=COARSE_QUALITY, optimize=True, subsampling=0 if max(picture.size) < 16 else 2)


def main(source):
    page = tifffile.TiffFile(source).pages[0]
    for old in ("tiles", "whole"):
        shutil.rmtree(HERE / old, ignore_errors=True)
    level = math.ceil(math.log2(max(page.shape[:2])))
    picture = finest(page, HERE / "tiles" / str(level))
    (HERE / "whole").mkdir()
    while max(picture.size) > 1:
        level -= 1
        half = (math.ceil(picture.width / 2), math.ceil(picture.height / 2))
        picture = picture.resize(half, Image.Resampling.BOX)
        coarser(picture, HERE / "tiles" / str(level))
        if 128 <= max(half) <= 1024:
            save(picture, HERE / "whole" / ("%dx%d.jpeg" % half))


main(sys.argv[1])
