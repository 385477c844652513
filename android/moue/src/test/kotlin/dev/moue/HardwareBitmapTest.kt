// A bitmap in the memory of the graphics chip, as image loaders make them; there are such from Android 8 (API 26) on.
package dev.moue

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowNativeBitmap
import java.nio.ByteBuffer

/** Robolectric makes no hardware bitmaps: here one bitmap says that it is, and Android's own code then lets nobody at its pixels. */
@Implements(Bitmap::class, callNativeMethodsByDefault = true)
class ShadowHardwareBitmap : ShadowNativeBitmap() {
    @RealObject private lateinit var bitmap: Bitmap

    @Implementation
    fun getConfig(): Bitmap.Config? = if (bitmap === hardware) Bitmap.Config.HARDWARE else Shadow.directlyOn<Bitmap.Config?, Bitmap>(bitmap, Bitmap::class.java, "getConfig")

    companion object {
        var hardware: Bitmap? = null
    }
}

@RunWith(RobolectricTestRunner::class)
@Config(shadows = [ShadowHardwareBitmap::class])
class HardwareBitmapTest {
    private val astronaut: Bitmap = TestFiles.read("astronaut.jpg").let { BitmapFactory.decodeByteArray(it, 0, it.size) }

    @Test
    fun `a hardware bitmap, whose pixels can't be read, is copied and stays as it was`() = runBlocking {
        val expected = Moue.analyze(astronaut)
        ShadowHardwareBitmap.hardware = astronaut
        try {
            assertThrows(IllegalStateException::class.java) { astronaut.copyPixelsToBuffer(ByteBuffer.allocate(astronaut.byteCount)) }
            assertEquals(expected, Moue.analyze(astronaut))
            assertEquals(1, expected.size)
            assertEquals(Bitmap.Config.HARDWARE, astronaut.config)
            assertFalse(astronaut.isRecycled)
        } finally {
            ShadowHardwareBitmap.hardware = null
        }
    }
}
