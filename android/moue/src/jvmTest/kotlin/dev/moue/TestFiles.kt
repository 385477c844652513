// Where tests on a desk find their files: in the checkout.
package dev.moue

import java.io.File

internal object TestFiles {
    /** The bytes of a file of `tests/photos` or `tests/golden`. */
    fun read(name: String): ByteArray {
        val repository = checkNotNull(System.getProperty("moue.repository")) { "moue.repository says where the checkout is" }
        return listOf("photos", "golden").map { File(repository, "tests/$it/$name") }.first { it.isFile }.readBytes()
    }
}
