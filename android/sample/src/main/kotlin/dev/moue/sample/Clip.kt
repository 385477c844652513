// Weights of colours, bits and byte ranges say most as plain numbers.
@file:Suppress("MagicNumber")

package dev.moue.sample

import android.graphics.Bitmap
import android.media.Image
import android.media.MediaCodec
import android.media.MediaCodecInfo
import android.media.MediaExtractor
import android.media.MediaFormat
import java.io.File
import java.nio.Buffer
import java.nio.ByteBuffer

/** What a [VirtualCamera] plays: frames of luma, again and again, each with the time for which it stands. */
interface Clip {
    /** Plays once through, and hands each frame to [show]; ends early where that returns false. */
    fun play(show: (Frame) -> Boolean)

    /**
     * A frame of a clip.
     *
     * @property luma full-range luma in a direct buffer, [width] bytes a row.
     * @property nanos how long it stands.
     * @property picture what the preview shows of it.
     */
    class Frame(val luma: ByteBuffer, val width: Int, val height: Int, val nanos: Long, val picture: Bitmap)

    companion object {
        /** Opens a picture or a video by the ending of its name. Throws `IOException` where it can't be read. */
        fun open(file: File): Clip = if (file.extension.lowercase() in VIDEOS) VideoClip(file) else PictureClip(Photos.decode(file))

        private val VIDEOS = setOf("mp4", "webm", "mkv", "3gp")
    }
}

/** As a plain [Buffer]: before Android 9 (API 28) a `ByteBuffer` has no `rewind` of its own, and calling that would end the app. */
private fun rewind(buffer: Buffer) {
    buffer.rewind()
}

/** A still picture that goes on at 30 frames a second. */
class PictureClip(private val picture: Bitmap) : Clip {
    private val luma = luma(picture)

    override fun play(show: (Clip.Frame) -> Boolean) {
        show(Clip.Frame(luma, picture.width, picture.height, FRAME_NANOS, picture))
    }

    private companion object {
        const val FRAME_NANOS = 1_000_000_000L / 30

        /** Luma by BT.601, as JPEG and Moue weigh colours, in 1/256. */
        fun luma(picture: Bitmap): ByteBuffer {
            val pixels = IntArray(picture.width * picture.height)
            picture.getPixels(pixels, 0, picture.width, 0, 0, picture.width, picture.height)
            val luma = ByteBuffer.allocateDirect(pixels.size)
            for (pixel in pixels) {
                val (red, green, blue) = Triple(pixel shr 16 and 0xFF, pixel shr 8 and 0xFF, pixel and 0xFF)
                luma.put((77 * red + 150 * green + 29 * blue + 128 shr 8).toByte())
            }
            rewind(luma)
            return luma
        }
    }
}

/** A video, decoded by the device. The preview shows its luma, which is all that Moue looks at. */
class VideoClip(private val file: File) : Clip {
    override fun play(show: (Clip.Frame) -> Boolean) {
        val extractor = MediaExtractor()
        try {
            extractor.setDataSource(file.path)
            val track = (0 until extractor.trackCount).firstOrNull { extractor.getTrackFormat(it).mime().startsWith("video/") }
                ?: throw java.io.IOException("${file.name} holds no video")
            extractor.selectTrack(track)
            decode(extractor, extractor.getTrackFormat(track), show)
        } finally {
            extractor.release()
        }
    }

    private fun decode(extractor: MediaExtractor, format: MediaFormat, show: (Clip.Frame) -> Boolean) {
        format.setInteger(MediaFormat.KEY_COLOR_FORMAT, MediaCodecInfo.CodecCapabilities.COLOR_FormatYUV420Flexible)
        val codec = MediaCodec.createDecoderByType(format.mime())
        try {
            codec.configure(format, null, null, 0)
            codec.start()
            val info = MediaCodec.BufferInfo()
            var fed = false
            var before = 0L
            while (true) {
                if (!fed) fed = feed(codec, extractor)
                val index = codec.dequeueOutputBuffer(info, WAIT_MICROS)
                if (index < 0) continue
                val last = info.flags and MediaCodec.BUFFER_FLAG_END_OF_STREAM != 0
                val nanos = ((info.presentationTimeUs - before) * 1000).coerceIn(SHORTEST_NANOS, LONGEST_NANOS)
                before = info.presentationTimeUs
                val goes = codec.getOutputImage(index)?.use { show(frame(it, nanos)) } ?: true
                codec.releaseOutputBuffer(index, false)
                if (last || !goes) return
            }
        } finally {
            codec.release()
        }
    }

    /** Hands the decoder the next piece of the file; true once that was the last. */
    private fun feed(codec: MediaCodec, extractor: MediaExtractor): Boolean {
        val index = codec.dequeueInputBuffer(WAIT_MICROS)
        if (index < 0) return false
        val size = extractor.readSampleData(codec.getInputBuffer(index) ?: return false, 0)
        if (size < 0) {
            codec.queueInputBuffer(index, 0, 0, 0, MediaCodec.BUFFER_FLAG_END_OF_STREAM)
            return true
        }
        codec.queueInputBuffer(index, 0, size, extractor.sampleTime, 0)
        extractor.advance()
        return false
    }

    private fun frame(image: Image, nanos: Long): Clip.Frame {
        val crop = image.cropRect
        val plane = image.planes.first()
        val luma = ByteBuffer.allocateDirect(crop.width() * crop.height())
        val grey = IntArray(crop.width() * crop.height())
        for (y in 0 until crop.height()) {
            for (x in 0 until crop.width()) {
                val value = plane.buffer[(y + crop.top) * plane.rowStride + (x + crop.left) * plane.pixelStride]
                // Videos keep luma within 16 to 235.
                val full = (((value.toInt() and 0xFF) - 16) * 255 / 219).coerceIn(0, 255)
                luma.put(full.toByte())
                grey[y * crop.width() + x] = OPAQUE or (full * 0x010101)
            }
        }
        rewind(luma)
        return Clip.Frame(luma, crop.width(), crop.height(), nanos, Bitmap.createBitmap(grey, crop.width(), crop.height(), Bitmap.Config.ARGB_8888))
    }

    private fun MediaFormat.mime() = getString(MediaFormat.KEY_MIME).orEmpty()

    private companion object {
        const val WAIT_MICROS = 10_000L
        const val SHORTEST_NANOS = 1_000_000L
        const val LONGEST_NANOS = 200_000_000L
        const val OPAQUE = 0xFF shl 24
    }
}
