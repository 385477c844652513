// The sample app: shows what the library does, and needs nothing but it and the platform.

import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "dev.moue.sample"
    compileSdk = libs.versions.compile.sdk.get().toInt()

    defaultConfig {
        applicationId = "dev.moue.sample"
        minSdk = libs.versions.min.sdk.get().toInt()
        targetSdk = libs.versions.target.sdk.get().toInt()
        versionCode = 1
        versionName = "0.1.0"
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }

    sourceSets {
        named("test") { kotlin.srcDirs("../moue/src/testColours/kotlin") }
        named("androidTest") { assets.srcDirs("../../tests/photos") }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    lint {
        warningsAsErrors = true
        abortOnError = true
    }

    testOptions {
        unitTests {
            isIncludeAndroidResources = true
            all { test ->
                // The host's library, as `cargo build --package moue-ffi` leaves it.
                val host = layout.settingsDirectory.dir("../target/debug").asFile.path
                test.systemProperty("jna.library.path", host)
                test.systemProperty("java.library.path", host)
                test.systemProperty("moue.repository", layout.settingsDirectory.dir("..").asFile.path)
                test.systemProperty("moue.output", layout.buildDirectory.get().asFile.path)
                // Robolectric hands open files to Android's own decoders.
                test.jvmArgs("--add-opens", "java.base/java.io=ALL-UNNAMED")
            }
        }
    }
}

kotlin {
    jvmToolchain(17)
    compilerOptions {
        jvmTarget = JvmTarget.JVM_11
        allWarningsAsErrors = true
    }
}

dependencies {
    implementation(project(":moue"))
    // Dispatchers.Main.
    implementation(libs.coroutines.android)

    testImplementation(libs.junit4)
    testImplementation(libs.robolectric)
    // The desktop's JNA: its AAR has Android's native part only.
    testImplementation(libs.jna)
    androidTestImplementation(libs.junit4)
    androidTestImplementation(libs.androidx.test.runner)
}
