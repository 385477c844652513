// The bindings as UniFFI writes them (`cargo xtask bindings`). Published because :moue needs them at run time; not API: nothing of it stands
// in a signature of :moue, and any of it may change with any version.

plugins {
    alias(libs.plugins.kotlin.jvm)
    `maven-publish`
}

kotlin {
    jvmToolchain(17)
    coreLibrariesVersion = libs.versions.kotlin.stdlib.get()
    compilerOptions {
        languageVersion = org.jetbrains.kotlin.gradle.dsl.KotlinVersion.fromVersion(libs.versions.kotlin.language.get())
        apiVersion = languageVersion
        jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_11
    }
}

tasks.withType<JavaCompile>().configureEach { options.release = 11 }

java { withSourcesJar() }

dependencies {
    // Its classes only: :moue brings them with the native part for Android, as an AAR.
    compileOnly(libs.jna)
}

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "moue-ffi"
            from(components["java"])
            pom {
                name = "Moue: generated bindings"
                description = "Generated bindings of Moue's native code. Not meant to be used directly: use dev.moue:moue."
                licenses {
                    license { name = "MIT" }
                    license { name = "Apache-2.0" }
                }
            }
        }
    }
}
