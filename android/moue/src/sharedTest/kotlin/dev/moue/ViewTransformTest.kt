// Places of the frame in the view: the same as the native library's own, and where a person expects them.
package dev.moue

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import dev.moue.ffi.Point as NativePoint
import dev.moue.ffi.Rect as NativeRect
import dev.moue.ffi.ViewScale as NativeViewScale

class ViewTransformTest {
    private val frame = Size(480, 640)

    @Test
    fun aFittedPictureHasBarsAFilledOneIsCut() {
        // A square view of 960: fitted, the picture is 720 wide with bars of 120; filled, it is 960 wide and 1280 high, 160 cut off above.
        val fit = ViewTransform.of(frame, 960f, 960f, ViewScale.FIT, mirrored = false)
        assertEquals(Bounds(120f, 0f, 720f, 960f), fit.map(Bounds(0f, 0f, 480f, 640f)))
        val fill = ViewTransform.of(frame, 960f, 960f, ViewScale.FILL, mirrored = false)
        assertEquals(Bounds(0f, -160f, 960f, 1280f), fill.map(Bounds(0f, 0f, 480f, 640f)))
    }

    @Test
    fun aMirroredViewChangesLeftAndRightNotUpAndDown() {
        val mirrored = ViewTransform.of(frame, 480f, 640f, ViewScale.FIT, mirrored = true)
        assertEquals(Point(470f, 20f), mirrored.map(Point(10f, 20f)))
        assertEquals(Bounds(430f, 20f, 40f, 50f), mirrored.map(Bounds(10f, 20f, 40f, 50f)))
    }

    @Test
    fun aPlaceUnderAFingerIsFoundAgain() {
        for (mirrored in listOf(false, true)) {
            val transform = ViewTransform.of(frame, 1080f, 2000f, ViewScale.FILL, mirrored)
            val back = transform.unmap(transform.map(Point(123f, 456f)))
            assertEquals(123f, back.x, 0.01f)
            assertEquals(456f, back.y, 0.01f)
        }
    }

    @Test
    fun kotlinAppliesATransformAsTheNativeLibraryDoesToTheLastBit() {
        for (mirrored in listOf(false, true)) {
            for ((scale, native) in listOf(ViewScale.FIT to NativeViewScale.FIT, ViewScale.FILL to NativeViewScale.FILL)) {
                val ours = ViewTransform.of(frame, 1079f, 1333f, scale, mirrored)
                val theirs = dev.moue.ffi.viewTransform(NativeRect(0f, 0f, 480f, 640f), 1079f, 1333f, native, mirrored)
                for (i in 0 until 200) {
                    val (x, y) = Pair(i * 2.37f - 20, i * 3.11f - 7)
                    val point = dev.moue.ffi.pointToView(theirs, NativePoint(x, y))
                    assertEquals(Point(point.x, point.y), ours.map(Point(x, y)))
                    val rect = dev.moue.ffi.rectToView(theirs, NativeRect(x, y, i * 0.7f, i * 1.3f))
                    assertEquals(Bounds(rect.x, rect.y, rect.width, rect.height), ours.map(Bounds(x, y, i * 0.7f, i * 1.3f)))
                }
            }
        }
    }

    @Test
    fun aViewWithoutASizeIsRefused() {
        assertThrows(MoueException::class.java) { ViewTransform.of(frame, 0f, 100f, ViewScale.FIT, false) }
    }
}
