// Images as cameras give them, in every layout that YUV_420_888 allows: Robolectric's own have no pixels.
package dev.moue.sample

import android.graphics.ImageFormat
import android.graphics.Rect
import android.media.Image
import java.nio.ByteBuffer

class FakePlane(private val bytes: ByteBuffer, private val row: Int, private val pixel: Int) : Image.Plane() {
    override fun getRowStride() = row

    override fun getPixelStride() = pixel

    override fun getBuffer(): ByteBuffer = bytes
}

class FakeImage(private val width: Int, private val height: Int, private val time: Long, private val planes: Array<Plane>) : Image() {
    var isClosed = false

    override fun getFormat() = ImageFormat.YUV_420_888

    override fun getWidth() = width

    override fun getHeight() = height

    override fun getTimestamp() = time

    override fun getPlanes() = planes

    override fun getCropRect() = Rect(0, 0, width, height)

    // Hidden in the public SDK, abstract in the classes that tests compile against.
    override fun getTransform() = 0

    override fun getScalingMode() = 0

    override fun close() {
        isClosed = true
    }
}

/** How a camera lays out its bytes. */
enum class Layout(val padding: Int, val chromaStep: Int) {
    /** I420: planes one after the other. */
    PLANAR(0, 1),

    /** The same with rows longer than the picture, as most devices have them. */
    PADDED(48, 1),

    /** NV21 and NV12: chroma interleaved. */
    INTERLEAVED(0, 2),

    /** Interleaved and padded. */
    INTERLEAVED_PADDED(64, 2),
}

/** An image of [width] times [height] of one blue and red difference [colour]; the last row ends without its padding, as real ones do. */
fun fakeImage(width: Int, height: Int, layout: Layout, time: Long, colour: Pair<Int, Int>, luma: (Int, Int) -> Int): FakeImage {
    val row = width + layout.padding
    val light = ByteBuffer.allocateDirect(row * (height - 1) + width)
    for (y in 0 until height) for (x in 0 until width) light.put(y * row + x, luma(x, y).toByte())
    fun chroma(value: Int): FakePlane {
        val (columns, rows) = (width + 1) / 2 to (height + 1) / 2
        val stride = columns * layout.chromaStep + layout.padding
        val bytes = ByteBuffer.allocateDirect(stride * (rows - 1) + (columns - 1) * layout.chromaStep + 1)
        for (y in 0 until rows) for (x in 0 until columns) bytes.put(y * stride + x * layout.chromaStep, value.toByte())
        return FakePlane(bytes, stride, layout.chromaStep)
    }
    return FakeImage(width, height, time, arrayOf(FakePlane(light, row, 1), chroma(colour.first), chroma(colour.second)))
}
