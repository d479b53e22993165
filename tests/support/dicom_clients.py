"""Opens a slide at a DICOMweb address as wsidicom and dicomweb-client do, and tells what they found.

python dicom_clients.py URL SCANNER_FILE X Y WIDTH HEIGHT

With TOKEN in the environment, as the person whose token that is. Prints one line of JSON. The difference is the mean of the channels' absolute differences from the scanner's own file, read by
libvips, over that region; at each level the picture's width is told.
"""

import json
import os
import sys

import numpy
import pyvips
import requests
from dicomweb_client.api import DICOMwebClient
from wsidicom import WsiDicom, WsiDicomWebClient

url, scanned = sys.argv[1:3]
x, y, width, height = map(int, sys.argv[3:])

session = requests.Session()
if token := os.environ.get("TOKEN"):
    session.headers["Authorization"] = f"Bearer {token}"
client = DICOMwebClient(url, session=session)
[study] = client.search_for_studies()
study_uid = study["0020000D"]["Value"][0]
[series] = client.search_for_series(study_uid)
series_uid = series["0020000E"]["Value"][0]
instances = client.search_for_instances(study_uid, series_uid)
metadata = client.retrieve_series_metadata(study_uid, series_uid)
finest = instances[0]["00080018"]["Value"][0]
frames = client.retrieve_instance_frames(
    study_uid, series_uid, finest, frame_numbers=[1, 60], media_types=(("image/jpeg", "1.2.840.10008.1.2.4.50"),)
)
rendered = client.retrieve_instance_frames_rendered(study_uid, series_uid, finest, frame_numbers=[60], media_types=("image/jpeg",))

with WsiDicom.open_web(WsiDicomWebClient(client), study_uid, series_uid) as slide:
    found = numpy.asarray(slide.read_region((x, y), 0, (width, height)).convert("RGB")).astype(int)
    levels = [level.size.width for level in slide.pyramid]
    micrometres = slide.pyramid.base_level.mpp.width
    labels = (slide.labels is None or len(slide.labels) == 0) and (slide.overviews is None or len(slide.overviews) == 0)

image = pyvips.Image.new_from_file(scanned).crop(x, y, width, height)[0:3]
original = numpy.asarray(image.numpy()).astype(int)

print(
    json.dumps(
        {
            "difference": float(abs(found - original).mean()),
            "mirrored": float(abs(found[:, ::-1] - original).mean()),
            "levels": levels,
            "micrometres": micrometres,
            "no_labels": bool(labels),
            "frames": [len(frame) for frame in frames],
            "rendered": len(rendered),
            "jpeg": all(frame[:3] == b"\xff\xd8\xff" for frame in [*frames, rendered]),
            "instances": len(instances),
            "told": json.dumps([study, series, instances, metadata]),
        }
    )
)
