// Android's own camera images in the place of planes: Camera2's ImageReader, and what CameraX's ImageProxy wraps.
package dev.moue

import android.graphics.ImageFormat
import android.graphics.Rect
import android.media.Image
import java.nio.ByteBuffer

/**
 * Submits a camera image: its Y plane is read in place, its crop rectangle is honoured, its time is the frame's.
 *
 * The image stays the caller's, who closes it once this has returned. Closing it during this call, from another thread, frees the memory that is
 * being read and may end the process: close it on the thread that submits it.
 *
 * Formats: `YUV_420_888` and its kin, `Y8`, `YCBCR_P010`, and `RGBA_8888`. `PRIVATE` and `JPEG` have no plane to read.
 *
 * @param rotationDegrees by how much the image must be turned clockwise to stand upright; from the sensor's orientation and the display's.
 * @param mirrored whether the image, once upright, shows the scene as a mirror does. Front cameras' images usually don't, only their previews.
 * @throws MoueException of kind [MoueException.Kind.BAD_INPUT] for another format, and as [MoueSession.submit] does for planes.
 */
public fun MoueSession.submit(image: Image, rotationDegrees: Int, mirrored: Boolean = false): Submitted =
    image.withPixels(rotationDegrees, mirrored) { pixels, layout -> submit(pixels, layout, image.timestamp) }

/** Finds and reads the faces of a camera image, the largest first, on the thread that calls it. The image stays the caller's, as for a session. */
public fun MoueAnalyzer.analyzeBlocking(image: Image, rotationDegrees: Int, mirrored: Boolean = false): List<Face> =
    image.withPixels(rotationDegrees, mirrored, ::analyzeBlocking)

private inline fun <T> Image.withPixels(rotationDegrees: Int, mirrored: Boolean, use: (ByteBuffer, FrameLayout) -> T): T {
    val pixelFormat = when (format) {
        ImageFormat.YUV_420_888, ImageFormat.YUV_422_888, ImageFormat.YUV_444_888, ImageFormat.Y8 -> PixelFormat.LUMA

        ImageFormat.YCBCR_P010 -> PixelFormat.P010

        android.graphics.PixelFormat.RGBA_8888 -> PixelFormat.RGBA

        else -> throw MoueException(
            MoueException.Kind.BAD_INPUT,
            "the image's format is $format: allowed are YUV_420_888 (${ImageFormat.YUV_420_888}), YUV_422_888, YUV_444_888, Y8, YCBCR_P010 " +
                "and RGBA_8888; make the ImageReader with ImageFormat.YUV_420_888",
        )
    }
    val plane = planes[0]
    val whole = Rect(0, 0, width, height)
    val crop = cropRect?.takeIf { it != whole }
    val layout = FrameLayout(
        width = width,
        height = height,
        format = pixelFormat,
        rowStride = plane.rowStride,
        pixelStride = plane.pixelStride,
        rotationDegrees = rotationDegrees,
        mirrored = mirrored,
        crop = crop?.let { Crop(it.left, it.top, it.width(), it.height()) },
    )
    return use(plane.buffer, layout)
}
