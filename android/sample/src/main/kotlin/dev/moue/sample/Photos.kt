// Degrees say most as plain numbers.
@file:Suppress("MagicNumber")

package dev.moue.sample

import android.annotation.TargetApi
import android.content.ContentResolver
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ImageDecoder
import android.graphics.Matrix
import android.media.ExifInterface
import android.net.Uri
import android.os.Build
import android.provider.MediaStore
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer

/**
 * Photos from the system's picker, upright and small enough for the screen. No storage permission is needed: the picker grants the one photo.
 */
object Photos {
    /** Longer sides are halved until they fit: Moue itself looks at no more than 1280 pixels. */
    private const val MOST_SIDE = 2560

    /** The system's photo picker, or before Android 13 its document picker. */
    fun picker(): Intent = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
        Intent(MediaStore.ACTION_PICK_IMAGES).setType("image/*")
    } else {
        Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("image/*")
    }

    /**
     * The photo behind [uri], upright. Not for the main thread.
     *
     * @throws FileNotFoundException where nothing can be got from there any more.
     * @throws IOException where what is there is no picture that Android can read.
     */
    fun decode(resolver: ContentResolver, uri: Uri): Bitmap = try {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            decodeNow(resolver, uri)
        } else {
            decodeThen { resolver.openInputStream(uri) ?: throw FileNotFoundException("nothing is behind $uri") }
        }
    } catch (_: SecurityException) {
        throw FileNotFoundException("the photo is no longer shared with this app")
    }

    /** The photo in [file], in the same way. */
    fun decode(file: File): Bitmap = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) decodeNow(file) else decodeThen(file::inputStream)

    @TargetApi(Build.VERSION_CODES.P)
    private fun decodeNow(resolver: ContentResolver, uri: Uri) = ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, uri), Halved)

    @TargetApi(Build.VERSION_CODES.P)
    private fun decodeNow(file: File) = ImageDecoder.decodeBitmap(ImageDecoder.createSource(ByteBuffer.wrap(file.readBytes())), Halved)

    @TargetApi(Build.VERSION_CODES.P)
    private object Halved : ImageDecoder.OnHeaderDecodedListener {
        override fun onHeaderDecoded(decoder: ImageDecoder, info: ImageDecoder.ImageInfo, source: ImageDecoder.Source) {
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
            decoder.setTargetSampleSize(sampleSize(info.size.width, info.size.height))
        }
    }

    /** With the decoder of before Android 9. */
    internal fun decodeThen(open: () -> InputStream): Bitmap {
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        open().use { BitmapFactory.decodeStream(it, null, bounds) }
        val options = BitmapFactory.Options().apply { inSampleSize = sampleSize(bounds.outWidth, bounds.outHeight) }
        val picture = open().use { BitmapFactory.decodeStream(it, null, options) } ?: throw IOException("this is no picture that Android can read")
        val turn = open().use { upright(ExifInterface(it)) }
        return if (turn.isIdentity) picture else Bitmap.createBitmap(picture, 0, 0, picture.width, picture.height, turn, true)
    }

    /** The power of two by which a picture is reduced. */
    internal fun sampleSize(width: Int, height: Int): Int {
        var size = 1
        while (maxOf(width, height) / size > MOST_SIDE) size *= 2
        return size
    }

    /** What makes a photo upright, by the eight orientations of Exif. */
    private fun upright(exif: ExifInterface): Matrix = Matrix().apply {
        val orientation = exif.getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
        val mirrored = orientation in setOf(
            ExifInterface.ORIENTATION_FLIP_HORIZONTAL,
            ExifInterface.ORIENTATION_FLIP_VERTICAL,
            ExifInterface.ORIENTATION_TRANSPOSE,
            ExifInterface.ORIENTATION_TRANSVERSE,
        )
        if (mirrored) postScale(-1f, 1f)
        when (orientation) {
            ExifInterface.ORIENTATION_ROTATE_90, ExifInterface.ORIENTATION_TRANSVERSE -> postRotate(90f)
            ExifInterface.ORIENTATION_ROTATE_180, ExifInterface.ORIENTATION_FLIP_VERTICAL -> postRotate(180f)
            ExifInterface.ORIENTATION_ROTATE_270, ExifInterface.ORIENTATION_TRANSPOSE -> postRotate(270f)
        }
    }
}
