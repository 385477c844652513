"""The files of ios/ that no compiler reads: the sample's Xcode project, property lists, words in every language."""

import json
import plistlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IOS = ROOT / "ios"
PROJECT = IOS / "Sample" / "MoueSample.xcodeproj" / "project.pbxproj"

TOKEN = re.compile(r'\s*(?:/\*.*?\*/\s*|//[^\n]*\s*)*("(?:\\.|[^"\\])*"|[{}()=;,]|[A-Za-z0-9_./$:-]+)', re.S)

PUNCTUATION = set("{}()=;,")


def parse(text):
    """An old-style property list, as Xcode writes its projects and as .strings files are written."""
    position = 0

    def token():
        nonlocal position
        match = TOKEN.match(text, position)
        assert match, f"not a property list at {position}: {text[position:position + 40]!r}"
        position = match.end()
        word = match.group(1)
        return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word

    def value(word):
        if word == "{":
            return entries()
        if word == "(":
            items = []
            while (word := token()) != ")":
                items.append(value(word))
                word = token()
                if word == ")":
                    break
                assert word == ",", f"`,` or `)` expected, not {word!r}"
            return items
        assert word not in PUNCTUATION, f"a value expected, not {word!r}"
        return word

    def entries():
        found = {}
        while (key := token()) != "}":
            assert key not in found, f"{key} stands there twice"
            assert token() == "=", f"`=` expected after {key}"
            found[key] = value(token())
            assert token() == ";", f"`;` expected after {key}"
        return found

    return value(token())


def strings(path):
    return parse("{" + path.read_text(encoding="utf-8") + "}")


@pytest.fixture(scope="module")
def project():
    text = PROJECT.read_text(encoding="utf-8")
    assert text.startswith("// !$*UTF8*$!")
    return parse(text)


def test_a_broken_project_is_not_taken_for_a_whole_one():
    text = PROJECT.read_text(encoding="utf-8")
    with pytest.raises(AssertionError):
        parse(text.replace("objectVersion = 77;", "objectVersion = 77"))


def test_every_reference_of_the_project_is_resolved_and_every_object_is_used(project):
    objects = project["objects"]
    identifier = re.compile(r"4D6F7565[0-9A-F]{16}")
    used = {project["rootObject"]}

    def walk(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif identifier.fullmatch(value):
            used.add(value)

    for thing in objects.values():
        walk(thing)
    assert used == set(objects)
    assert all("isa" in thing for thing in objects.values())


def test_references_lead_to_objects_of_the_right_kind(project):
    objects = project["objects"]
    kinds = {
        "productRef": "XCSwiftPackageProductDependency",
        "packageProductDependencies": "XCSwiftPackageProductDependency",
        "packageReferences": "XCLocalSwiftPackageReference",
        "buildConfigurationList": "XCConfigurationList",
        "buildConfigurations": "XCBuildConfiguration",
        "fileSystemSynchronizedGroups": "PBXFileSystemSynchronizedRootGroup",
        "targets": "PBXNativeTarget",
        "mainGroup": "PBXGroup",
        "productRefGroup": "PBXGroup",
        "productReference": "PBXFileReference",
    }
    seen = set()
    for thing in objects.values():
        for key, kind in kinds.items():
            for identifier in [thing[key]] if isinstance(thing.get(key), str) else thing.get(key, []):
                assert objects[identifier]["isa"] == kind, f"{key} leads to {objects[identifier]}"
                seen.add(key)
    assert seen == set(kinds)
    phases = [objects[phase]["isa"] for target in find(project, "PBXNativeTarget") for phase in target["buildPhases"]]
    assert sorted(phases) == ["PBXFrameworksBuildPhase", "PBXResourcesBuildPhase", "PBXSourcesBuildPhase"]
    assert objects[project["rootObject"]]["isa"] == "PBXProject"


def find(project, kind):
    return [thing for thing in project["objects"].values() if thing["isa"] == kind]


def test_the_project_s_files_and_its_package_are_there(project):
    sample = PROJECT.parents[1]
    (group,) = find(project, "PBXFileSystemSynchronizedRootGroup")
    assert (sample / group["path"] / "MoueSampleApp.swift").is_file()
    for reference in find(project, "PBXFileReference"):
        if reference["sourceTree"] == "<group>":
            assert (sample / reference["path"]).is_file()
    (package,) = find(project, "XCLocalSwiftPackageReference")
    manifest = (sample / package["relativePath"] / "Package.swift").read_text(encoding="utf-8")
    (product,) = find(project, "XCSwiftPackageProductDependency")
    assert f'.library(name: "{product["productName"]}"' in manifest


def test_both_configurations_know_the_information_file_and_the_asset_catalogue(project):
    sample = PROJECT.parents[1]
    settings = [c["buildSettings"] for c in find(project, "XCBuildConfiguration") if "INFOPLIST_FILE" in c["buildSettings"]]
    assert len(settings) == 2
    for setting in settings:
        assert (sample / setting["INFOPLIST_FILE"]).is_file()
        catalogue = sample / "MoueSample" / "Assets.xcassets"
        assert (catalogue / f'{setting["ASSETCATALOG_COMPILER_APPICON_NAME"]}.appiconset' / "Contents.json").is_file()
        assert (catalogue / f'{setting["ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME"]}.colorset' / "Contents.json").is_file()


def test_the_asset_catalogue_is_json():
    catalogues = list((IOS / "Sample").rglob("Contents.json"))
    assert len(catalogues) == 3
    for path in catalogues:
        assert json.loads(path.read_text(encoding="utf-8"))["info"]["version"] == 1


def test_the_app_says_why_it_wants_the_camera_and_asks_for_nothing_else():
    information = plistlib.loads((IOS / "Sample" / "Info.plist").read_bytes())
    asked = [key for key in information if key.endswith("UsageDescription")]
    assert asked == ["NSCameraUsageDescription"]
    assert len(information["NSCameraUsageDescription"]) > 40
    # App transport security needs no exception: nothing is loaded.
    assert "NSAppTransportSecurity" not in information


# Apple's list of categories and reasons, as far as they are used here.
REASONS = {
    "NSPrivacyAccessedAPICategoryUserDefaults": {"CA92.1"},
    "NSPrivacyAccessedAPICategorySystemBootTime": {"35F9.1"},
    "NSPrivacyAccessedAPICategoryFileTimestamp": {"C617.1"},
}


@pytest.mark.parametrize("path", ["Moue/Resources/PrivacyInfo.xcprivacy", "Sample/MoueSample/PrivacyInfo.xcprivacy"])
def test_privacy_manifests_have_the_four_keys_and_declare_no_tracking(path):
    manifest = plistlib.loads((IOS / path).read_bytes())
    assert set(manifest) == {
        "NSPrivacyTracking",
        "NSPrivacyTrackingDomains",
        "NSPrivacyCollectedDataTypes",
        "NSPrivacyAccessedAPITypes",
    }
    assert manifest["NSPrivacyTracking"] is False
    assert manifest["NSPrivacyTrackingDomains"] == []
    assert manifest["NSPrivacyCollectedDataTypes"] == []
    for entry in manifest["NSPrivacyAccessedAPITypes"]:
        assert set(entry["NSPrivacyAccessedAPITypeReasons"]) <= REASONS[entry["NSPrivacyAccessedAPIType"]]


# What Swift code calls that Apple wants a reason for.
REQUIRED_REASON_CALLS = {
    "NSPrivacyAccessedAPICategoryUserDefaults": r"\bUserDefaults\b|@AppStorage",
    "NSPrivacyAccessedAPICategorySystemBootTime": r"\bsystemUptime\b|\bmach_absolute_time\b",
    "NSPrivacyAccessedAPICategoryFileTimestamp": r"creationDate|modificationDate|contentModificationDateKey|\bstat\(",
    "NSPrivacyAccessedAPICategoryDiskSpace": r"volumeAvailableCapacity|systemFreeSize|\bstatfs\(",
    "NSPrivacyAccessedAPICategoryActiveKeyboards": r"activeInputModes",
}


# The same of the C functions that the native library may call.
REQUIRED_REASON_SYMBOLS = {
    "NSPrivacyAccessedAPICategorySystemBootTime": {"_mach_absolute_time"},
    "NSPrivacyAccessedAPICategoryFileTimestamp": {
        "_stat", "_fstat", "_fstatat", "_lstat", "_getattrlist", "_getattrlistbulk", "_fgetattrlist", "_getattrlistat"
    },
    "NSPrivacyAccessedAPICategoryDiskSpace": {"_statfs", "_statvfs", "_fstatfs", "_fstatvfs"},
}


def called_by_swift(folder):
    code = "\n".join(path.read_text(encoding="utf-8") for path in (IOS / folder).rglob("*.swift"))
    return {category for category, pattern in REQUIRED_REASON_CALLS.items() if re.search(pattern, code)}


def declared(manifest):
    entries = plistlib.loads((IOS / manifest).read_bytes())["NSPrivacyAccessedAPITypes"]
    return {entry["NSPrivacyAccessedAPIType"] for entry in entries}


def test_the_app_s_privacy_manifest_declares_what_its_code_calls():
    assert declared("Sample/MoueSample/PrivacyInfo.xcprivacy") == called_by_swift("Sample/MoueSample")


def test_the_library_s_privacy_manifest_declares_what_its_code_and_the_native_library_call():
    symbols = set((ROOT / "tests" / "ios-symbols.txt").read_text(encoding="utf-8").split())
    native = {category for category, names in REQUIRED_REASON_SYMBOLS.items() if names & symbols}
    assert declared("Moue/Resources/PrivacyInfo.xcprivacy") == called_by_swift("Moue") | native


def test_every_language_has_the_same_words_and_placeholders():
    for place in [IOS / "Moue" / "Resources", IOS / "Sample" / "MoueSample"]:
        folders = sorted(place.glob("*.lproj"))
        assert [folder.stem for folder in folders] == ["ar", "de", "en", "es", "fr", "ja"]
        english = strings(place / "en.lproj" / "Localizable.strings")
        assert len(english) > 20
        for folder in folders:
            words = strings(folder / "Localizable.strings")
            assert set(words) == set(english), folder.name
            for key, text in words.items():
                assert placeholders(text) == placeholders(english[key]), f"{folder.name} {key}"


def placeholders(text):
    return sorted(re.findall("%(?:@|d|lld|llu)", text))


def test_every_text_in_the_sample_s_code_can_be_looked_up():
    sample = IOS / "Sample" / "MoueSample"
    keys = set(strings(sample / "en.lproj" / "Localizable.strings"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in sample.rglob("*.swift"))
    code = re.sub(r"^\s*//.*$", "", code, flags=re.M)
    # A text for people has a capital and a space or a letter after it; names of symbols, keys and files haven't.
    texts = {text for text in re.findall(r'"((?:[^"\\]|\\.)*)"', code) if re.match(r"[A-Z][a-z]", text) and text not in ("Moue", "Clip")}
    texts = {re.sub(r"\\\(index \+ 1\)", "%lld", text) for text in texts}
    assert len(texts) > 40
    assert texts <= keys, texts - keys
    # Texts with numbers alone are made of these.
    assert keys - texts == {"%@ fps", "%@ ms", "%llu dropped"}


def test_the_camera_s_reason_is_there_in_every_language():
    information = plistlib.loads((IOS / "Sample" / "Info.plist").read_bytes())
    for language in information["CFBundleLocalizations"]:
        texts = strings(IOS / "Sample" / "MoueSample" / f"{language}.lproj" / "InfoPlist.strings")
        assert set(texts) == {"NSCameraUsageDescription"}
        if language == "en":
            assert texts["NSCameraUsageDescription"] == information["NSCameraUsageDescription"]


def test_words_are_those_of_the_android_library():
    names = {"en": "values", "de": "values-de", "fr": "values-fr", "es": "values-es", "ja": "values-ja", "ar": "values-ar"}
    for language, folder in names.items():
        text = (ROOT / "android/moue/src/main/res" / folder / "moue_strings.xml").read_text(encoding="utf-8")
        found = re.findall(r'<string name="moue_(expression|reason)_(\w+)">(.*?)</string>', text)
        android = {f"{kind}.{name}": word for kind, name, word in found}
        ours = strings(IOS / "Moue" / "Resources" / f"{language}.lproj" / "Localizable.strings")
        assert {key: ours[key] for key in android} == android, language
