// The Android build: the library `dev.moue:moue`, the generated bindings under it, and the sample app.
// It needs the Android SDK. What can be checked without one is checked by desk/pom.xml from the same sources.

pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "moue-android"

include(":ffi", ":moue", ":sample")
