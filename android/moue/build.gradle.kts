// The library `dev.moue:moue`, an AAR. Its native code is built before, by `cargo xtask android`; see README.md.

import org.cyclonedx.gradle.CyclonedxDirectTask
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.dsl.KotlinVersion
import org.jetbrains.kotlin.gradle.dsl.abi.ExperimentalAbiValidation

plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    alias(libs.plugins.dokka.javadoc)
    alias(libs.plugins.cyclonedx)
    `maven-publish`
}

/** Where `cargo xtask android` has put a folder for each ABI. */
val nativeLibraries = layout.settingsDirectory.dir("../target/android/jniLibs")

val abis = listOf("arm64-v8a", "armeabi-v7a", "x86_64")

android {
    namespace = "dev.moue"
    compileSdk = libs.versions.compile.sdk.get().toInt()
    resourcePrefix = "moue_"

    defaultConfig {
        minSdk = libs.versions.min.sdk.get().toInt()
        ndk { abiFilters += abis }
        consumerProguardFiles("consumer-rules.pro")
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }

    sourceSets {
        named("main") {
            // Two folders, so that a build without Android can prove that `core` needs none of it.
            kotlin.srcDir("src/core/kotlin")
            jniLibs.srcDir(nativeLibraries)
        }
        named("test") { kotlin.srcDirs("src/testPictures/kotlin", "src/testColours/kotlin", "src/sharedTest/kotlin", "src/jvmTest/kotlin") }
        named("androidTest") {
            kotlin.srcDirs("src/testPictures/kotlin", "src/sharedTest/kotlin")
            assets.srcDirs("../../tests/photos", "../../tests/golden")
        }
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
                // Robolectric has a class loader of its own, and the native library can be loaded by one only: a process for each class.
                test.setForkEvery(1)
                // The host's library, as `cargo build --package moue-ffi` leaves it.
                val host = layout.settingsDirectory.dir("../target/debug").asFile.path
                test.systemProperty("jna.library.path", host)
                test.systemProperty("java.library.path", host)
                test.systemProperty("moue.repository", layout.settingsDirectory.dir("..").asFile.path)
                test.systemProperty("moue.output", layout.buildDirectory.get().asFile.path)
            }
        }
    }

    publishing {
        singleVariant("release") { withSourcesJar() }
    }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    coreLibrariesVersion = libs.versions.kotlin.stdlib.get()
    compilerOptions {
        languageVersion = KotlinVersion.fromVersion(libs.versions.kotlin.language.get())
        apiVersion = languageVersion
        jvmTarget = JvmTarget.JVM_11
        allWarningsAsErrors = true
    }
    // `checkKotlinAbi` compares with api/moue.api, `updateKotlinAbi` writes it; the desk build's tests do the same.
    @OptIn(ExperimentalAbiValidation::class)
    abiValidation()
}

dependencies {
    // At run time only: no type of these modules stands in a signature.
    implementation(project(":ffi"))
    implementation(libs.jna) { artifact { type = "aar" } }
    // `MoueSession.results` is a Flow.
    api(libs.coroutines.core)

    testImplementation(libs.junit4)
    testImplementation(libs.robolectric)
    // The desktop's JNA: its AAR has Android's native part only.
    testImplementation(libs.jna)
    androidTestImplementation(libs.androidx.test.runner)
}

/** Without its native code the library would be published and fail in every app. */
val checkNativeLibraries = tasks.register("checkNativeLibraries") {
    val files = abis.map { nativeLibraries.file("$it/libmoue_ffi.so").asFile }
    doLast {
        val missing = files.filterNot { it.isFile }
        check(missing.isEmpty()) { "run `cargo xtask android` first: there is no ${missing.joinToString { it.path }}" }
    }
}
tasks.named("preBuild") { dependsOn(checkNativeLibraries) }

// Package `dev.moue.ffi` is not API, so its documentation isn't published.
val documentationJar = tasks.register<Jar>("documentationJar") {
    from(tasks.named("dokkaGeneratePublicationJavadoc"))
    archiveClassifier = "javadoc"
}

val billOfMaterials = tasks.named<CyclonedxDirectTask>("cyclonedxDirectBom") {
    includeConfigs = listOf("releaseRuntimeClasspath")
}

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "moue"
            afterEvaluate { from(components["release"]) }
            artifact(documentationJar)
            artifact(billOfMaterials.flatMap { it.jsonOutput }) {
                classifier = "cyclonedx"
                extension = "json"
            }
            pom {
                name = "Moue"
                description = "Reads facial expressions in camera frames and photos, on the device."
                licenses {
                    license { name = "MIT" }
                    license { name = "Apache-2.0" }
                    // The networks inside have terms of their own.
                    license {
                        name = "Moue model terms"
                        comments = "See META-INF/moue/NOTICE in the AAR and models/LICENSE-MODELS.md in the sources."
                    }
                }
            }
        }
    }
}
