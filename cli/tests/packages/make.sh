#!/bin/sh
# Makes the small files beside it, of which the tests of `moue doctor` put packages together. They are committed: their tools are not
# needed to run the tests.
#
#   sh make.sh R8.jar ANDROID.jar
#
# R8.jar: com.android.tools:r8:8.5.35. ANDROID.jar: org.robolectric:android-all:14-robolectric-10818077. Both from Maven Central.
# Also needed: javac (17), aapt2, LLVM (llc, llvm-ar, llvm-lipo; 14 or newer), python3, and rust-lld of the Rust toolchain.
set -eu
r8=$1
android=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"

# Native libraries: what Moue's exports, in small.
cat > library.ll <<'END'
define i32 @JNI_OnLoad() { ret i32 65542 }
define i32 @ffi_moue_ffi_uniffi_contract_version() { ret i32 30 }
define i32 @Java_dev_moue_ffi_FramePath_submit() { ret i32 0 }
END
lld="$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/host: //p')/bin/rust-lld -flavor gnu"
shared() {
    llc -mtriple="$1" -relocation-model=pic -filetype=obj library.ll -o library.o
    $lld -shared --strip-all -z max-page-size="$2" library.o -o "$here/$3"
}
shared aarch64-linux-android 16384 arm64.so
shared aarch64-linux-android 4096 arm64-4k.so
shared armv7-linux-androideabi 4096 armv7.so
shared x86_64-linux-android 16384 x86_64.so

chmod 644 "$here"/*.so

# Object files for Apple's systems, and static libraries of them.
static() {
    llc -mtriple="$1" -filetype=obj library.ll -o "$2.o"
    rm -f "$2.a"
    llvm-ar --format=darwin -rcs "$2.a" "$2.o"
}
static arm64-apple-ios15.0.0 ios-arm64
static arm64-apple-ios15.0.0-simulator simulator-arm64
static x86_64-apple-ios15.0.0-simulator simulator-x86_64
lipo=$(command -v llvm-lipo || ls /usr/lib/llvm-*/bin/llvm-lipo | tail -n 1)
"$lipo" -create simulator-arm64.a simulator-x86_64.a -output simulator.a
cp ios-arm64.a simulator.a "$here"

# Classes: the names of JNA and of the bindings, with as little in them as can be.
python3 - <<'END'
import pathlib
def write(name, text):
    path = pathlib.Path("java", *name.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
jna = {
    "Callback": "interface Callback { interface UncaughtExceptionHandler {} }",
    "CallbackReference": "class CallbackReference { static class AttachOptions {} }",
    "FromNativeConverter": "interface FromNativeConverter {}",
    "IntegerType": "class IntegerType {}",
    "JNIEnv": "class JNIEnv {}",
    "LastErrorException": "class LastErrorException {}",
    "Native": "class Native { interface ffi_callback {} public static void register(Class<?> type) { System.out.println(type.getName()); } }",
    "NativeMapped": "interface NativeMapped {}",
    "Pointer": "class Pointer { protected long peer = System.nanoTime(); public String toString() { return \"\" + peer; } }",
    "PointerType": "class PointerType {}",
    "Structure": """class Structure {
        Pointer memory = new Pointer(); long typeInfo = System.nanoTime();
        public interface ByValue {}
        static class FFIType { static class FFITypes {} }
        static Structure newInstance() { return new Structure(); }
        public String toString() { return memory + " " + typeInfo + " " + newInstance().typeInfo; }
    }""",
    "WString": "class WString {}",
}
for name, text in jna.items():
    write(f"com/sun/jna/{name}.java", f"package com.sun.jna; public {text}")
bindings = {
    "RustBuffer": "class RustBuffer extends com.sun.jna.Structure { long capacity = System.nanoTime(), len = capacity; com.sun.jna.Pointer data = new com.sun.jna.Pointer(); public static class ByValue extends RustBuffer implements com.sun.jna.Structure.ByValue {} public String toString() { return super.toString() + capacity + len + data; } }",
    "UniffiRustCallStatus": "class UniffiRustCallStatus extends com.sun.jna.Structure { byte code = (byte) System.nanoTime(); RustBuffer.ByValue error_buf = new RustBuffer.ByValue(); public String toString() { return \"\" + code + error_buf; } }",
    "UniffiLib": "class UniffiLib { public static native int ffi_moue_ffi_uniffi_contract_version(); }",
    "FramePath": "class FramePath { public static native int submit(); }",
}
for name, text in bindings.items():
    write(f"dev/moue/ffi/{name}.java", f"package dev.moue.ffi; public {text}")
write("app/Main.java", """package app;
public class Main {
    public static void main(String[] arguments) {
        com.sun.jna.Native.register(dev.moue.ffi.UniffiLib.class);
        System.out.println(new dev.moue.ffi.RustBuffer.ByValue() + " " + new dev.moue.ffi.UniffiRustCallStatus());
        System.out.println(dev.moue.ffi.UniffiLib.ffi_moue_ffi_uniffi_contract_version() + dev.moue.ffi.FramePath.submit());
    }
}""")
END
mkdir classes
javac -g:none --release 11 -d classes $(find java -name '*.java')
jar cf classes.jar -C classes .
entry='-keep class app.Main { public static void main(java.lang.String[]); }'
echo "$entry -keep class com.sun.jna.** { *; } -keep class dev.moue.ffi.** { *; }" > kept.pro
echo "$entry" > shrunk.pro
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
for rules in kept shrunk; do
    mkdir $rules
    java -cp "$r8" com.android.tools.r8.R8 --release --min-api 24 --lib "$jdk" --pg-conf $rules.pro --output $rules classes.jar
    cp $rules/classes.dex "$here/$rules.dex"
done

# Manifests.
manifest() {
    cat > AndroidManifest.xml <<END
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="dev.moue.sample">
    <uses-sdk android:minSdkVersion="24" android:targetSdkVersion="34"/>
    $2
    <application android:extractNativeLibs="false"/>
</manifest>
END
    aapt2 link -I "$android" --manifest AndroidManifest.xml -o manifest.apk
    unzip -p manifest.apk AndroidManifest.xml > "$here/$1"
}
manifest camera.manifest '<uses-permission android:name="android.permission.CAMERA"/>'
manifest internet.manifest '<uses-permission android:name="android.permission.INTERNET"/>'

# Property lists.
cd "$here"
python3 - <<'END'
import plistlib
def slice_(name, architectures, variant):
    entry = {"LibraryIdentifier": name, "LibraryPath": "libmoue_ffi.a", "BinaryPath": "libmoue_ffi.a", "HeadersPath": "Headers",
             "SupportedArchitectures": architectures, "SupportedPlatform": "ios"}
    return entry | ({"SupportedPlatformVariant": variant} if variant else {})
info = {"CFBundlePackageType": "XFWK", "XCFrameworkFormatVersion": "1.0", "AvailableLibraries": [
    slice_("ios-arm64", ["arm64"], None), slice_("ios-arm64_x86_64-simulator", ["arm64", "x86_64"], "simulator")]}
open("Info.plist", "wb").write(plistlib.dumps(info))
open("Info-binary.plist", "wb").write(plistlib.dumps(info, fmt=plistlib.FMT_BINARY))
END
