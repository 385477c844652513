// Where tests on a device find their files: in the assets of the test's APK.
package dev.moue

import androidx.test.platform.app.InstrumentationRegistry

internal object TestFiles {
    /** The bytes of a file of `tests/photos` or `tests/golden`. */
    fun read(name: String): ByteArray = InstrumentationRegistry.getInstrumentation().context.assets.open(name).use { it.readBytes() }
}
