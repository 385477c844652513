// The pictures of the tests as planes of luma, as a camera would deliver them.
package dev.moue

import java.nio.ByteBuffer

/** An 8-bit grey picture, row by row without padding. */
internal class GreyPicture(val width: Int, val height: Int, private val luma: ByteArray) {
    val layout get() = FrameLayout(width, height)

    /** The picture in a direct buffer without padding. */
    fun direct(): ByteBuffer = ByteBuffer.allocateDirect(luma.size).put(luma).apply { flip() }

    fun heap(): ByteBuffer = ByteBuffer.wrap(luma.copyOf())

    operator fun get(x: Int, y: Int): Byte = luma[y * width + x]

    /** The picture with these strides, in a buffer that ends with the last row's last pixel, as those of real cameras do. */
    fun strided(rowStride: Int, pixelStride: Int): ByteBuffer {
        val buffer = ByteBuffer.allocateDirect((height - 1) * rowStride + (width - 1) * pixelStride + 1)
        for (y in 0 until height) {
            for (x in 0 until width) buffer.put(y * rowStride + x * pixelStride, this[x, y])
        }
        return buffer
    }

    /** What a camera delivers whose picture must be turned clockwise by [degrees] to stand upright. */
    fun turnedBack(degrees: Int): GreyPicture = when (degrees) {
        0 -> this
        90 -> picture(height, width) { x, y -> this[width - 1 - y, x] }
        180 -> picture(width, height) { x, y -> this[width - 1 - x, height - 1 - y] }
        else -> picture(height, width) { x, y -> this[y, height - 1 - x] }
    }

    fun mirrored(): GreyPicture = picture(width, height) { x, y -> this[width - 1 - x, y] }

    private fun picture(width: Int, height: Int, pixel: (Int, Int) -> Byte) =
        GreyPicture(width, height, ByteArray(width * height) { pixel(it % width, it / width) })

    companion object {
        /** Reads a binary PGM: `P5`, width, height, 255, then the pixels. */
        fun read(name: String): GreyPicture {
            val bytes = TestFiles.read(name)
            val header = mutableListOf<String>()
            var start = 0
            while (header.size < 4) {
                val end = (start until bytes.size).first { bytes[it].toInt().toChar().isWhitespace() }
                header += String(bytes, start, end - start, Charsets.US_ASCII)
                start = end + 1
            }
            check(header[0] == "P5" && header[3] == "255") { "$name begins with $header" }
            return GreyPicture(header[1].toInt(), header[2].toInt(), bytes.copyOfRange(start, bytes.size))
        }
    }
}
