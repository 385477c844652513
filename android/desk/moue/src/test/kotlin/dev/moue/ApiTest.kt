// What the library's API is, against the dump that was reviewed: android/moue/api/moue.api, which Gradle's checkKotlinAbi reads too.
// After a change that is meant: MOUE_BLESS=1, then read the difference.
package dev.moue

import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Test
import java.io.File

class ApiTest {
    private val reviewed = File(System.getProperty("moue.repository"), "android/moue/api/moue.api")

    /** The resources' numbers are Android's to name, and no API. */
    private fun isResource(file: File) = file.name == "R.class" || file.name.startsWith("R$")

    private val dump: String by lazy {
        val classes = File(System.getProperty("moue.output"), "classes").walk().filter { it.extension == "class" && !isResource(it) }
        buildString { AbiTools.getInstance().printJvmDump(this, classes.toList(), AbiFilters.EMPTY) }
    }

    @Test
    fun `the API is the one that was reviewed`() {
        if (System.getenv("MOUE_BLESS") != null) {
            reviewed.parentFile.mkdirs()
            reviewed.writeText(dump)
        }
        assertEquals("MOUE_BLESS=1 writes it anew", reviewed.readText(), dump)
    }

    @Test
    fun `nothing generated stands in the API`() {
        assertFalse(dump.contains("dev/moue/ffi"))
        assertFalse(dump.contains("com/sun/jna"))
    }
}
