// Bitmaps in the place of planes.
package dev.moue

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/**
 * Finds and reads the faces of a bitmap with [Moue]'s own analyzer, on a background thread.
 *
 * The bitmap stays the caller's and isn't changed; it may be of any kind, `HARDWARE` too, which is copied first. Don't recycle it before this has
 * returned. Where it is transparent it lies on white.
 *
 * @param rotationDegrees by how much the picture must be turned clockwise to stand upright; with [mirrored], what [Orientation.fromExif] gives.
 * @throws MoueException where the bitmap was recycled or has more than 16,384 pixels a side or 2^27 in all, or on a device without native code.
 */
public suspend fun Moue.analyze(bitmap: Bitmap, rotationDegrees: Int = 0, mirrored: Boolean = false): List<Face> =
    withContext(Dispatchers.Default) { bitmap.withPixels(rotationDegrees, mirrored, Moue::analyzeBlocking) }

/** [Moue.analyze] with an analyzer of your own, and so with its options. */
public suspend fun MoueAnalyzer.analyze(bitmap: Bitmap, rotationDegrees: Int = 0, mirrored: Boolean = false): List<Face> =
    withContext(Dispatchers.Default) { analyzeBlocking(bitmap, rotationDegrees, mirrored) }

/** [MoueAnalyzer.analyze] on the thread that calls it: for threads made for such work. */
public fun MoueAnalyzer.analyzeBlocking(bitmap: Bitmap, rotationDegrees: Int = 0, mirrored: Boolean = false): List<Face> =
    bitmap.withPixels(rotationDegrees, mirrored, ::analyzeBlocking)

/**
 * Submits a bitmap as a frame: for pictures that don't come from a camera. All its pixels are copied first; for a camera submit its planes.
 *
 * The bitmap stays the caller's, as for [Moue.analyze].
 */
public fun MoueSession.submit(bitmap: Bitmap, timestampNs: Long, rotationDegrees: Int = 0, mirrored: Boolean = false): Submitted =
    bitmap.withPixels(rotationDegrees, mirrored) { pixels, layout -> submit(pixels, layout, timestampNs) }

private fun <T> Bitmap.withPixels(rotationDegrees: Int, mirrored: Boolean, use: (ByteBuffer, FrameLayout) -> T): T {
    if (isRecycled) {
        throw MoueException(MoueException.Kind.BAD_INPUT, "the bitmap is recycled: keep it until Moue has returned, or decode it again")
    }
    // Before a copy of its pixels is made.
    Native.checkSize(width, height)
    // Only software bitmaps of four bytes a pixel can be read byte by byte.
    val readable = if (config == Bitmap.Config.ARGB_8888) this else copy(Bitmap.Config.ARGB_8888, false) ?: throw notCopied()
    val opaque = if (readable.hasAlpha()) readable.onWhite() else readable
    val layout = FrameLayout(
        width = width,
        height = height,
        format = PixelFormat.RGBA,
        rowStride = opaque.rowBytes,
        rotationDegrees = rotationDegrees,
        mirrored = mirrored,
    )
    val pixels = ByteBuffer.allocateDirect(opaque.rowBytes * height)
    opaque.copyPixelsToBuffer(pixels)
    for (copy in setOf(readable, opaque) - this) copy.recycle()
    Native.rewind(pixels)
    return use(pixels, layout)
}

private fun Bitmap.notCopied() = MoueException(
    MoueException.Kind.BAD_INPUT,
    "the bitmap of ${width}x$height in $config can't be copied to ARGB_8888: Android is out of memory for it; decode it smaller, or as ARGB_8888",
)

/** Without this, what lies under transparency would be looked at, which no viewer shows. */
private fun Bitmap.onWhite(): Bitmap {
    val source = this
    return Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888).apply {
        eraseColor(Color.WHITE)
        Canvas(this).drawBitmap(source, 0f, 0f, null)
    }
}
