package dev.moue.sample

import android.app.Activity
import android.content.ContentProvider
import android.content.ContentValues
import android.content.Intent
import android.content.res.AssetFileDescriptor
import android.database.Cursor
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.net.Uri
import android.os.Bundle
import android.os.ParcelFileDescriptor
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File
import java.io.FileNotFoundException

/** Photos that the system's picker gives by their address. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w392dp-h800dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PhotosTest {
    /** A gallery: the repository's photos, a text that says it is one, one that is gone and one that is no longer shared. */
    class Gallery : ContentProvider() {
        override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor = when (val name = uri.lastPathSegment.orEmpty()) {
            "gone" -> throw FileNotFoundException("gone")
            "withdrawn" -> throw SecurityException("no longer shared")
            "text" -> open(File.createTempFile("text", ".jpg").apply { writeText("This is no picture.") })
            "half" -> open(File.createTempFile("half", ".jpg").apply { writeBytes(photo("astronaut.jpg").readBytes().copyOf(20_000)) })
            else -> open(photo(name))
        }

        // What some providers do, and Robolectric's decoder needs: it reads no open files.
        override fun openTypedAssetFile(uri: Uri, filter: String, options: Bundle?): AssetFileDescriptor? = if (filter == "*/*") super.openTypedAssetFile(uri, filter, options) else throw FileNotFoundException("as a stream only")

        private fun open(file: File) = ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY)

        override fun onCreate() = true

        override fun getType(uri: Uri) = "image/jpeg"

        override fun query(uri: Uri, columns: Array<String>?, where: String?, values: Array<String>?, order: String?): Cursor? = null

        override fun insert(uri: Uri, values: ContentValues?): Uri? = null

        override fun delete(uri: Uri, where: String?, values: Array<String>?) = 0

        override fun update(uri: Uri, values: ContentValues?, where: String?, arguments: Array<String>?) = 0
    }

    @Before
    fun openGallery() {
        Robolectric.setupContentProvider(Gallery::class.java, "gallery")
        readNote()
    }

    private fun photos(look: (ActivityController<MainActivity>) -> Unit) = launch().use(look)

    private fun ActivityController<MainActivity>.pick(name: String) {
        get().window.decorView.child<View>(R.id.open_photo).performClick()
        val asked = shadowOf(get()).nextStartedActivityForResult.intent
        shadowOf(get()).receiveResult(asked, Activity.RESULT_OK, Intent().setData(Uri.parse("content://gallery/$name")))
    }

    @Test
    fun `a photo from the gallery is shown with its faces`() = photos {
        it.pick("grace_hopper.jpg")
        waitUntil("a reading") { it.get().sees("% sure") && it.get().sees(R.string.photo) }
        it.get().picture("photo")
        assertTrue(it.get().window.decorView.child<View>(R.id.share).isEnabled)
        assertFalse("a photo has no relaxed face", it.get().window.decorView.child<View>(R.id.calibrate).isEnabled)
    }

    @Test
    fun `a photo outlives a turn of the device`() = photos {
        it.pick("astronaut.jpg")
        waitUntil("a reading") { it.get().headline() == "Happy" }
        RuntimeEnvironment.setQualifiers("w800dp-h392dp-land-xhdpi")
        it.recreate()
        assertEquals("at once, without reading it again", "Happy", it.get().headline())
        assertTrue(it.get().sees(R.string.photo))
        it.get().picture("photo_landscape")
    }

    @Test
    fun `a photo that is still being opened when the device is turned is read all the same`() = photos {
        it.pick("astronaut.jpg")
        it.recreate()
        waitUntil("a reading") { it.get().headline() == "Happy" && it.get().sees(R.string.photo) }
    }

    @Test
    fun `a picker that is left without a choice changes nothing`() = photos {
        it.pick("astronaut.jpg")
        waitUntil("a reading") { it.get().headline() == "Happy" }
        it.get().window.decorView.child<View>(R.id.open_photo).performClick()
        shadowOf(it.get()).receiveResult(shadowOf(it.get()).nextStartedActivityForResult.intent, Activity.RESULT_CANCELED, null)
        assertEquals("Happy", it.get().headline())
    }

    @Test
    fun `a photo that is gone or no longer shared is told as such`() {
        for (name in listOf("gone", "withdrawn")) {
            photos {
                it.pick(name)
                waitUntil(name) { it.get().sees(R.string.photo_gone_text) }
                assertTrue(it.get().sees(R.string.photo_failed))
            }
        }
    }

    @Test
    fun `what is no whole picture is told as such, also after a turn, and leads back to the camera`() {
        for (name in listOf("text", "half")) {
            photos {
                it.pick(name)
                waitUntil(name) { it.get().sees(R.string.photo_unreadable_text) }
                it.get().picture("photo_$name")
                it.recreate()
                assertTrue(it.get().sees(R.string.photo_unreadable_text))
                it.get().window.decorView.child<View>(R.id.notice_action).performClick()
                assertTrue("the camera's own question", it.get().sees(R.string.why_title))
            }
        }
    }

    /** A picture of four fields, turned as Exif's value [orientation] says of it: an APP1 segment right after the JPEG's beginning. */
    private fun turned(orientation: Int): File {
        val fields = Bitmap.createBitmap(96, 64, Bitmap.Config.ARGB_8888)
        Canvas(fields).apply {
            drawColor(Color.WHITE)
            // Where the rows and columns begin.
            drawRect(0f, 0f, 48f, 32f, android.graphics.Paint().apply { color = Color.BLACK })
            // The other end of the first rows.
            drawRect(48f, 0f, 96f, 32f, android.graphics.Paint().apply { color = Color.GRAY })
        }
        val jpeg = java.io.ByteArrayOutputStream().also { fields.compress(Bitmap.CompressFormat.JPEG, 95, it) }.toByteArray()
        val exif = byteArrayOf(
            0xFF.toByte(), 0xE1.toByte(), 0, 34, 'E'.code.toByte(), 'x'.code.toByte(), 'i'.code.toByte(), 'f'.code.toByte(), 0, 0,
            // A big-endian TIFF with one directory of one entry: tag 0x0112, a short, once.
            'M'.code.toByte(), 'M'.code.toByte(), 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.toByte(), 0, 0, 0, 0, 0, 0,
        )
        return File.createTempFile("turned", ".jpg").apply {
            deleteOnExit()
            writeBytes(jpeg.copyOfRange(0, 2) + exif + jpeg.copyOfRange(2, jpeg.size))
        }
    }

    /** The corners of the upright picture, clockwise from the top left, as letters: begin, end of the first row, other. */
    private fun corners(picture: Bitmap): String {
        val (right, bottom) = picture.width - 8 to picture.height - 8
        return listOf(8 to 8, right to 8, right to bottom, 8 to bottom).joinToString("") { (x, y) ->
            when (Color.green(picture.getPixel(x, y))) {
                in 0..60 -> "b"
                in 90..170 -> "e"
                else -> "-"
            }
        }
    }

    /** By the Exif standard (CIPA DC-008, "Orientation"): which visual sides the 0th row and the 0th column are. */
    @Test
    fun `photos stand upright by all eight of Exif's orientations, with the decoder of Android 9 and with the one before`() {
        val expected = listOf("be--", "eb--", "--be", "--eb", "b--e", "-be-", "-eb-", "e--b")
        for ((index, corners) in expected.withIndex()) {
            val file = turned(index + 1)
            assertEquals("orientation ${index + 1}", corners, corners(Photos.decode(file)))
            assertEquals("orientation ${index + 1}, before", corners, corners(Photos.decodeThen(file::inputStream)))
        }
    }

    @Test
    fun `a large photo is halved until it fits`() {
        assertEquals(1, Photos.sampleSize(2560, 100))
        assertEquals(2, Photos.sampleSize(2561, 100))
        assertEquals(8, Photos.sampleSize(100, 16_000))
    }
}
