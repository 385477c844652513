// Names the plugins once, so that every module gets the same version of each. What a module is stands in its own build file.

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
    alias(libs.plugins.kotlin.jvm) apply false
    alias(libs.plugins.cyclonedx) apply false
    alias(libs.plugins.dokka.javadoc) apply false
}
