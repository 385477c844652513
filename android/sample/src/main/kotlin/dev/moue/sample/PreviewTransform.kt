// Degrees say most as plain numbers.
@file:Suppress("MagicNumber")

package dev.moue.sample

import android.graphics.Matrix
import android.graphics.RectF
import android.util.Size

/**
 * Lays a camera's picture into a `TextureView`: upright, in its own shape, covering the whole view, centred.
 *
 * A `TextureView` stretches the picture over its whole area, turned as for the device's natural orientation. So the stretch is undone, the
 * picture is turned against the display's rotation, and scaled until it covers. [FaceMap] and the library's overlay draw faces by the same rule.
 */
object PreviewTransform {
    /**
     * @param view the view's size in pixels.
     * @param buffer the preview's size as the camera gives it.
     * @param sensorOrientation the camera's, in degrees.
     * @param displayDegrees how far the display is turned: 0, 90, 180 or 270.
     */
    fun fill(view: Size, buffer: Size, sensorOrientation: Int, displayDegrees: Int): Matrix {
        val natural = if (isSideways(sensorOrientation)) Size(buffer.height, buffer.width) else buffer
        val upright = if (isSideways(displayDegrees)) Size(natural.height, natural.width) else natural
        val (x, y) = view.width / 2f to view.height / 2f
        val matrix = Matrix()
        if (view.width == 0 || view.height == 0) return matrix
        val own = RectF(0f, 0f, natural.width.toFloat(), natural.height.toFloat())
        own.offset(x - own.centerX(), y - own.centerY())
        matrix.setRectToRect(RectF(0f, 0f, view.width.toFloat(), view.height.toFloat()), own, Matrix.ScaleToFit.FILL)
        matrix.postRotate(-displayDegrees.toFloat(), x, y)
        val scale = maxOf(view.width.toFloat() / upright.width, view.height.toFloat() / upright.height)
        matrix.postScale(scale, scale, x, y)
        return matrix
    }

    private fun isSideways(degrees: Int) = degrees % 180 != 0
}
