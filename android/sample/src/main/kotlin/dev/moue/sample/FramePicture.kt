// Weights of colours, bits and byte ranges say most as plain numbers.
@file:Suppress("MagicNumber")

package dev.moue.sample

import android.graphics.Bitmap
import android.graphics.Matrix
import android.media.Image

/** A camera's frame as a picture: what is kept on the screen when a moment is frozen. Once a tap, so plain arithmetic will do. */
object FramePicture {
    /** Turns and mirrors [image] as the preview shows it. Takes every layout of `YUV_420_888`: any strides, planar or interleaved. */
    fun of(image: Image, facts: FrameSource.Facts): Bitmap {
        val crop = image.cropRect
        val (luma, blue, red) = image.planes
        val pixels = IntArray(crop.width() * crop.height())
        for (y in crop.top until crop.bottom) {
            for (x in crop.left until crop.right) {
                val light = byte(luma, x, y)
                val u = byte(blue, x / 2, y / 2) - MIDDLE
                val v = byte(red, x / 2, y / 2) - MIDDLE
                pixels[(y - crop.top) * crop.width() + x - crop.left] = rgb(light, u, v)
            }
        }
        val picture = Bitmap.createBitmap(pixels, crop.width(), crop.height(), Bitmap.Config.ARGB_8888)
        val turn = Matrix()
        turn.postRotate(facts.rotationDegrees.toFloat())
        if (facts.mirroredView) turn.postScale(-1f, 1f)
        return if (turn.isIdentity) picture else Bitmap.createBitmap(picture, 0, 0, picture.width, picture.height, turn, false)
    }

    private fun byte(plane: Image.Plane, x: Int, y: Int): Int = plane.buffer[y * plane.rowStride + x * plane.pixelStride].toInt() and 0xFF

    /** JFIF's conversion (full-range BT.601), as Android's cameras use it. */
    private fun rgb(light: Int, u: Int, v: Int): Int {
        val red = (light + 1.402f * v).toInt().coerceIn(0, 255)
        val green = (light - 0.344136f * u - 0.714136f * v).toInt().coerceIn(0, 255)
        val blue = (light + 1.772f * u).toInt().coerceIn(0, 255)
        return 0xFF shl 24 or (red shl 16) or (green shl 8) or blue
    }

    private const val MIDDLE = 128
}
