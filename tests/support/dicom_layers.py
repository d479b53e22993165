"""Makes slides with three focal planes and two optical paths, in each of the ways in which DICOM has them.

python dicom_layers.py FOLDER

Writes FOLDER/*.dcm and prints one line of JSON: study and series of each slide. Every layer is of one colour, which tells plane and
path: red is 40 + 60 × plane, green 200 - 120 × path, blue 90, and the upper left tile is 60 lighter in blue.
"""

import io
import json
import pathlib
import sys

import numpy
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, generate_uid

WHOLE_SLIDE = UID("1.2.840.10008.5.1.4.1.1.77.1.6")
JPEG_BASELINE = UID("1.2.840.10008.1.2.4.50")
# Between two planes: millimetres there, micrometres where a plane tells its own height.
TILE, APART, HIGHER = 64, 0.002, 2.0
LEVELS = [(200, 150), (100, 75)]
PLANES, PATHS = 3, ["DAPI", "FITC"]

folder = pathlib.Path(sys.argv[1])


def item(**values):
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def one(**values):
    return Sequence([item(**values)])


def code(value, scheme, meaning):
    return one(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def jpeg(plane, path, first):
    colour = (40 + 60 * plane, 200 - 120 * path, 150 if first else 90)
    pixels = numpy.full((TILE, TILE, 3), colour, dtype=numpy.uint8)
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=95, subsampling=0)
    return kept.getvalue()


def tiles(level):
    width, height = LEVELS[level]
    return [(column, row) for row in range(-(-height // TILE)) for column in range(-(-width // TILE))]


def optical_path(identifier):
    path = item(
        OpticalPathIdentifier=identifier,
        IlluminationTypeCodeSequence=code("111741", "DCM", "Transmission illumination"),
        IlluminationWaveLength=461.0 if identifier == "DAPI" else 519.0,
    )
    return path


def instance(slide, level, paths, planes, frames, number, origin=0.0, sparse=None):
    """One instance: `frames` are JPEGs, `sparse` the place, plane and path of each."""
    width, height = LEVELS[level]
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = WHOLE_SLIDE
    made.file_meta.TransferSyntaxUID = JPEG_BASELINE
    made.SOPClassUID, made.SOPInstanceUID = WHOLE_SLIDE, generate_uid()
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.StudyInstanceUID, made.SeriesInstanceUID, made.FrameOfReferenceUID = slide
    made.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE" if level == 0 else "RESAMPLED"]
    made.PatientName, made.PatientID, made.PatientBirthDate, made.PatientSex = "Essai", "0", "", "O"
    made.StudyDate, made.StudyTime, made.AccessionNumber, made.StudyID = "20260101", "120000", "0", "1"
    made.ContentDate, made.ContentTime, made.AcquisitionDateTime = "20260101", "120000", "20260101120000"
    made.Modality, made.Manufacturer, made.ManufacturerModelName = "SM", "Essai", "Essai"
    made.DeviceSerialNumber, made.SoftwareVersions, made.ReferringPhysicianName = "0", "0", ""
    made.SeriesNumber, made.InstanceNumber, made.PositionReferenceIndicator = 1, number, "SLIDE_CORNER"
    made.ContainerIdentifier = "A1"
    made.ContainerTypeCodeSequence = code("433466003", "SCT", "Microscope slide")
    made.IssuerOfTheContainerIdentifierSequence, made.AcquisitionContextSequence = Sequence(), Sequence()
    made.SpecimenDescriptionSequence = one(
        SpecimenIdentifier="A1", SpecimenUID=generate_uid(), SpecimenPreparationSequence=Sequence(),
        IssuerOfTheSpecimenIdentifierSequence=Sequence(),
    )
    made.VolumetricProperties, made.BurnedInAnnotation, made.FocusMethod = "VOLUME", "NO", "AUTO"
    made.ExtendedDepthOfField, made.SpecimenLabelInImage = "NO", "NO"
    made.LossyImageCompression, made.LossyImageCompressionMethod, made.LossyImageCompressionRatio = "01", "ISO_10918_1", 10
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "YBR_FULL_422", 0
    made.Rows = made.Columns = TILE
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.TotalPixelMatrixColumns, made.TotalPixelMatrixRows = width, height
    made.TotalPixelMatrixFocalPlanes, made.NumberOfOpticalPaths = planes, len(paths)
    made.ImagedVolumeWidth, made.ImagedVolumeHeight, made.ImagedVolumeDepth = 0.1, 0.075, 0.01
    made.ImageOrientationSlide = [0, 1, 0, 1, 0, 0]
    made.TotalPixelMatrixOriginSequence = one(
        XOffsetInSlideCoordinateSystem=10.0, YOffsetInSlideCoordinateSystem=10.0, ZOffsetInSlideCoordinateSystem=origin
    )
    made.OpticalPathSequence = Sequence([optical_path(path) for path in paths])
    shared = item(
        PixelMeasuresSequence=one(
            PixelSpacing=[0.1 / width, 0.075 / height], SliceThickness=0.001, SpacingBetweenSlices=APART
        ),
        WholeSlideMicroscopyImageFrameTypeSequence=one(FrameType=made.ImageType),
    )
    if len(paths) == 1 and not sparse:
        shared.OpticalPathIdentificationSequence = one(OpticalPathIdentifier=paths[0])
    made.SharedFunctionalGroupsSequence = Sequence([shared])
    made.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
    made.DimensionOrganizationSequence = one(DimensionOrganizationUID=generate_uid())
    if sparse:
        made.PerFrameFunctionalGroupsSequence = Sequence(
            item(
                PlanePositionSlideSequence=one(
                    ColumnPositionInTotalImagePixelMatrix=column * TILE + 1,
                    RowPositionInTotalImagePixelMatrix=row * TILE + 1,
                    XOffsetInSlideCoordinateSystem=10.0,
                    YOffsetInSlideCoordinateSystem=10.0,
                    ZOffsetInSlideCoordinateSystem=plane * HIGHER,
                ),
                OpticalPathIdentificationSequence=one(OpticalPathIdentifier=PATHS[path]),
            )
            for column, row, plane, path in sparse
        )
    made.NumberOfFrames = len(frames)
    made.PixelData = encapsulate(frames)
    made["PixelData"].is_undefined_length = True
    return made


written = 0


def write(made):
    global written
    made.save_as(folder / f"{written:03}.dcm", enforce_file_format=True)
    written += 1


def layered(level, planes, paths):
    return [
        jpeg(plane, path, place == (0, 0)) for path in paths for plane in planes for place in tiles(level)
    ]


def slide():
    return [generate_uid() for _ in range(3)]


found, both = {}, range(len(PATHS))

full = found["full"] = slide()
write(instance(full, 0, PATHS, PLANES, layered(0, range(PLANES), both), 1))
write(instance(full, 1, PATHS, 1, layered(1, [1], both), 2, origin=HIGHER))

sparse = found["sparse"] = slide()
for level in range(len(LEVELS)):
    places = [(*place, plane, path) for place in tiles(level) for plane in range(PLANES) for path in both]
    # In no order that anybody could guess.
    places = [places[at] for at in numpy.random.default_rng(7).permutation(len(places))]
    frames = [jpeg(plane, path, (column, row) == (0, 0)) for column, row, plane, path in places]
    write(instance(sparse, level, PATHS, PLANES, frames, level + 1, sparse=places))

apart = found["instances"] = slide()
for path in reversed(both):
    for plane in range(PLANES):
        write(instance(apart, 0, [PATHS[path]], 1, layered(0, [plane], [path]), 3 * path + plane + 1, origin=plane * HIGHER))
    write(instance(apart, 1, [PATHS[path]], 1, layered(1, [1], [path]), path + 10, origin=HIGHER))

parts = found["concatenation"] = slide()
frames = layered(0, range(PLANES), both)
together, cut = generate_uid(), 17
for number, (begin, end) in enumerate([(0, cut), (cut, len(frames))]):
    part = instance(parts, 0, PATHS, PLANES, frames[begin:end], number + 1)
    part.ConcatenationUID, part.SOPInstanceUIDOfConcatenationSource = together, generate_uid()
    part.ConcatenationFrameOffsetNumber, part.InConcatenationNumber, part.InConcatenationTotalNumber = begin, number + 1, 2
    write(part)

print(json.dumps({name: uids[:2] for name, uids in found.items()}))
