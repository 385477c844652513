// The notice and the bills of materials: good ones of their kind, and the notice names what they do.
package dev.moue

import org.cyclonedx.Version
import org.cyclonedx.parsers.JsonParser
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

class NoticeTest {
    private val folder = File(System.getProperty("moue.repository"), "android/moue/src/main/resources/META-INF/moue")
    private val notice = File(folder, "NOTICE").readText()

    private fun namesIn(bill: File): List<String> {
        assertEquals("$bill", emptyList<Any>(), JsonParser().validate(bill, Version.VERSION_15))
        return JsonParser().parse(bill).components.map { it.name }
    }

    @Test
    fun `the bill of the native code is good CycloneDX, and the notice names all of it`() {
        val crates = namesIn(File(folder, "native.cdx.json"))
        assertTrue("$crates", crates.containsAll(listOf("uniffi", "jni", "android_logger")))
        for (crate in crates) assertTrue("the notice doesn't name $crate", notice.lines().any { it.trim().substringBefore(" (") == crate })
    }

    @Test
    fun `what comes beside the native code is named`() {
        val words = mapOf(
            "jna" to "JNA",
            "kotlin-stdlib" to "the Kotlin standard library",
            "kotlinx-coroutines-core-jvm" to "kotlinx.coroutines",
            "annotations" to "JetBrains' annotations",
        )
        // The generated bindings are ours.
        val artifacts = namesIn(File(System.getProperty("moue.output"), "bom.json")) - "ffi"
        for (artifact in artifacts) assertTrue("the notice has no word for $artifact", notice.contains(checkNotNull(words[artifact]) { artifact }))
        assertEquals(words.keys, artifacts.toSet())
    }
}
