package dev.moue.sample

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraManager
import android.os.Looper
import android.view.TextureView
import android.view.View
import dev.moue.FaceOverlayView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowCameraCharacteristics

/** The screen with Robolectric's cameras, which open and close, and with images as cameras make them. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w392dp-h800dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class CameraScreensTest {
    private val manager = RuntimeEnvironment.getApplication().getSystemService(Context.CAMERA_SERVICE) as CameraManager

    private fun camera(facing: Int, orientation: Int): CameraCharacteristics = ShadowCameraCharacteristics.newCameraCharacteristics().also {
        val shadow = Shadow.extract<ShadowCameraCharacteristics>(it)
        shadow.set(CameraCharacteristics.LENS_FACING, facing)
        shadow.set(CameraCharacteristics.SENSOR_ORIENTATION, orientation)
    }

    @Before
    fun twoCameras() {
        shadowOf(manager).addCamera("0", camera(CameraCharacteristics.LENS_FACING_BACK, 90))
        shadowOf(manager).addCamera("1", camera(CameraCharacteristics.LENS_FACING_FRONT, 270))
        allowCamera()
    }

    private fun idle() = shadowOf(Looper.getMainLooper()).idle()

    /** The surface that a device's own drawing would have made by now. */
    private fun MainActivity.giveSurface() {
        val preview = window.decorView.child<TextureView>(R.id.preview)
        val texture = SurfaceTexture(false)
        preview.setSurfaceTexture(texture)
        preview.surfaceTextureListener?.onSurfaceTextureAvailable(texture, preview.width, preview.height)
        idle()
    }

    private fun look(look: (MainActivity) -> Unit) = launch().use {
        it.get().giveSurface()
        look(it.get())
    }

    private val MainActivity.isMirrored get() = window.decorView.child<FaceOverlayView>(R.id.overlay).mirrored

    private val MainActivity.keepsScreenOn
        get() = window.attributes.flags and android.view.WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON != 0

    @Test
    fun `the front camera comes first, its picture a mirror, and the switch leads to the back one`() = look {
        assertTrue(it.isMirrored && it.keepsScreenOn)
        val switch = it.window.decorView.child<View>(R.id.switch_camera)
        assertTrue("before the first result as well", switch.isEnabled)
        switch.performClick()
        it.giveSurface()
        assertFalse("the back camera's picture is no mirror", it.isMirrored)
        switch.performClick()
        it.giveSurface()
        assertTrue(it.isMirrored)
    }

    @Test
    fun `the camera that was chosen stays so through a turn of the device`() = launch().use {
        it.get().giveSurface()
        it.get().window.decorView.child<View>(R.id.switch_camera).performClick()
        it.get().giveSurface()
        it.recreate()
        it.get().giveSurface()
        assertFalse(it.get().isMirrored)
    }

    @Test
    fun `a camera that another app takes is told, and goes on when it is given back`() = look {
        shadowOf(manager).triggerDisconnect()
        idle()
        assertTrue(it.sees(R.string.lost_title))
        assertTrue("the other one may be free", it.window.decorView.child<View>(R.id.switch_camera).isEnabled)
        it.picture("lost")
        // Android tells of a camera that becomes free as of one that is plugged in.
        shadowOf(manager).removeCamera("1")
        shadowOf(manager).addCamera("1", camera(CameraCharacteristics.LENS_FACING_FRONT, 270))
        idle()
        assertFalse(it.sees(R.string.lost_title))
        assertTrue(it.sees(R.string.starting) && it.isMirrored)
    }

    /** Robolectric's cameras give no frames, so they come from here, as the camera's thread would hand them over: the astronaut, lying as [degrees] say. */
    private fun MainActivity.receive(layout: Layout, time: Long, degrees: Int, mirrored: Boolean): FakeImage {
        val size = astronaut.width
        val image = fakeImage(size, size, layout, time, 128 to 128) { x, y ->
            Color.green(if (degrees == 270) astronaut.getPixel(y, size - 1 - x) else astronaut.getPixel(size - 1 - y, x))
        }
        listener.onImage(image, FrameSource.Facts(degrees, mirrored))
        return image
    }

    private val astronaut = checkNotNull(BitmapFactory.decodeFile(photo("astronaut.jpg").path)).let { Bitmap.createScaledBitmap(it, 256, 256, true) }

    @Test
    fun `a camera's images of every layout are read, and one of them is kept when it is frozen`() {
        // As phones have them: the front camera turned by 270 degrees and mirrored on the screen, the back one by 90.
        for ((index, layout) in Layout.entries.withIndex()) {
            val (degrees, mirrored) = if (index % 2 == 0) 270 to true else 90 to false
            look {
                if (!mirrored) {
                    it.window.decorView.child<View>(R.id.switch_camera).performClick()
                    it.giveSurface()
                }
                assertEquals(mirrored, it.isMirrored)
                var time = 1L
                waitUntil("a smile in $layout") {
                    val image = it.receive(layout, time, degrees, mirrored)
                    assertFalse("the image stays the camera's", image.isClosed)
                    time += 33_000_000
                    it.headline() == "Happy"
                }
                it.window.decorView.child<View>(R.id.freeze).performClick()
                it.receive(layout, time, degrees, mirrored)
                waitUntil("a frozen picture of $layout") { it.sees(R.string.frozen) }
                it.picture("camera_${layout.name.lowercase()}")
            }
        }
    }

    @Test
    fun `in the background the camera is let go of`() = launch().use {
        it.get().giveSurface()
        it.pause().stop()
        assertFalse(it.get().keepsScreenOn)
        // Nobody has it open, so nobody hears of this.
        shadowOf(manager).triggerDisconnect()
        idle()
        it.restart().start().resume()
        it.get().giveSurface()
        assertFalse(it.get().sees(R.string.lost_title))
        assertEquals(true, it.get().keepsScreenOn)
    }
}
