"""Makes static IIIF 3 and DeepZoom trees of a slide with libvips, and one of the image that the IIIF validator knows by heart.

usage: slide_trees.py SLIDE FOLDER ADDRESS      writes FOLDER/trees/iiif and FOLDER/trees/dz, served at ADDRESS
"""
import contextlib
import json
import pathlib
import sys

import numpy
import pyvips

with contextlib.redirect_stdout(sys.stderr):
    from iiif_validator.validator import ValidationInfo

slide, folder, address = sys.argv[1], pathlib.Path(sys.argv[2]) / "trees", sys.argv[3]
iiif, deep_zoom = folder / "iiif", folder / "dz"
iiif.mkdir(parents=True)
deep_zoom.mkdir()


def picture():
    return pyvips.Image.new_from_file(slide, access="sequential")


picture().dzsave(str(iiif / "cmu"), layout="iiif3", tile_size=256, id=address + "/iiif")
picture().dzsave(str(deep_zoom / "cmu"), layout="dz", tile_size=254, overlap=1, suffix=".jpg[Q=80]")

# A hundred squares of a hundred pixels, without loss.
colours = numpy.array(ValidationInfo().colorInfo, dtype=numpy.uint8).transpose(1, 0, 2)
squares = pyvips.Image.new_from_array(colours.repeat(100, axis=0).repeat(100, axis=1)).copy(interpretation="srgb")
squares.dzsave(str(deep_zoom / "squares"), layout="dz", tile_size=256, overlap=0, suffix=".png")

# libvips does not write the physical scale; a server that knows it adds this service. The same tiles under other names: one
# with a colon, as archival identifiers have it, and one that a server decodes.
information = json.loads((iiif / "cmu/info.json").read_text())
information["service"] = [{
    "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
    "profile": "http://iiif.io/api/annex/services/physdim",
    "physicalScale": 0.000499,
    "physicalUnits": "mm",
}]
for name in ["scaled", "ark:12148", "été"]:
    other = iiif / name
    other.mkdir()
    for tile in (iiif / "cmu").iterdir():
        if tile.name != "info.json":
            (other / tile.name).symlink_to(tile)
    information["id"] = f"{address}/iiif/{name}"
    (other / "info.json").write_text(json.dumps(information))
