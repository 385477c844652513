package dev.moue.sample

import android.content.Context
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.media.Image
import android.os.Looper
import android.view.Surface
import android.view.TextureView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowCameraCharacteristics

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class CameraSourceTest {
    private val application = RuntimeEnvironment.getApplication()
    private val manager = application.getSystemService(Context.CAMERA_SERVICE) as CameraManager

    private class Heard : FrameSource.Listener {
        val started = mutableListOf<FrameSource.Facts>()
        val faults = mutableListOf<CameraFault>()

        override fun onStarted(facts: FrameSource.Facts) {
            started += facts
        }

        override fun onImage(image: Image, facts: FrameSource.Facts) = Unit

        override fun onLuma(luma: FrameSource.Luma, facts: FrameSource.Facts) = Unit

        override fun onFault(fault: CameraFault) {
            faults += fault
        }
    }

    private fun addCamera(id: String, facing: Int, orientation: Int) {
        val facts = ShadowCameraCharacteristics.newCameraCharacteristics()
        val shadow = Shadow.extract<ShadowCameraCharacteristics>(facts)
        shadow.set(CameraCharacteristics.LENS_FACING, facing)
        shadow.set(CameraCharacteristics.SENSOR_ORIENTATION, orientation)
        shadowOf(manager).addCamera(id, facts)
    }

    private fun addBoth() {
        addCamera("0", CameraCharacteristics.LENS_FACING_BACK, 90)
        addCamera("1", CameraCharacteristics.LENS_FACING_FRONT, 270)
    }

    private fun source(facing: Cameras.Facing, heard: Heard): CameraSource {
        val camera = checkNotNull(Cameras.choose(Cameras.all(manager), facing))
        val view = TextureView(application)
        view.setSurfaceTexture(SurfaceTexture(false))
        return CameraSource(manager, camera, view, { Surface.ROTATION_0 }, heard)
    }

    private fun idle() = shadowOf(Looper.getMainLooper()).idle()

    @Test
    fun `a front camera's preview is a mirror, a back camera's is not, and both are turned upright`() {
        addBoth()
        for ((facing, expected) in mapOf(
            Cameras.Facing.FRONT to FrameSource.Facts(270, true),
            Cameras.Facing.BACK to FrameSource.Facts(90, false),
        )) {
            val heard = Heard()
            val source = source(facing, heard)
            source.start()
            idle()
            assertEquals(listOf(expected), heard.started)
            assertEquals(emptyList<CameraFault>(), heard.faults)
            source.stop()
        }
    }

    @Test
    fun `a device without a front camera shows what it has`() {
        addCamera("0", CameraCharacteristics.LENS_FACING_BACK, 90)
        assertEquals("0", Cameras.choose(Cameras.all(manager), Cameras.Facing.FRONT)?.id)
        assertEquals(null, Cameras.choose(emptyList(), Cameras.Facing.FRONT))
    }

    @Test
    fun `a camera that another app takes is told, and comes back when it is free`() {
        addBoth()
        val heard = Heard()
        val source = source(Cameras.Facing.FRONT, heard)
        source.start()
        idle()
        shadowOf(manager).triggerDisconnect()
        idle()
        assertEquals(listOf(CameraFault.LOST), heard.faults)
        source.availability.onCameraAvailable("0")
        idle()
        assertEquals("another camera's freedom is of no use", 1, heard.started.size)
        source.availability.onCameraAvailable("1")
        idle()
        assertEquals(2, heard.started.size)
        source.stop()
    }

    @Test
    fun `a camera that has failed is told and not opened again by itself`() {
        addBoth()
        val heard = Heard()
        val source = source(Cameras.Facing.FRONT, heard)
        source.start()
        idle()
        source.deviceCallback.onError(checkNotNull(source.device), CameraDevice.StateCallback.ERROR_CAMERA_DEVICE)
        idle()
        assertEquals(listOf(CameraFault.FAILED), heard.faults)
        source.availability.onCameraAvailable("1")
        idle()
        assertEquals(1, heard.started.size)
        source.stop()
    }

    @Test
    fun `what Android reports is put into words that help`() {
        assertEquals(CameraFault.IN_USE, Cameras.fault(CameraDevice.StateCallback.ERROR_CAMERA_IN_USE))
        assertEquals(CameraFault.IN_USE, Cameras.fault(CameraDevice.StateCallback.ERROR_MAX_CAMERAS_IN_USE))
        assertEquals(CameraFault.DISABLED, Cameras.fault(CameraDevice.StateCallback.ERROR_CAMERA_DISABLED))
        assertEquals(CameraFault.FAILED, Cameras.fault(CameraDevice.StateCallback.ERROR_CAMERA_SERVICE))
        assertEquals(CameraFault.LOST, Cameras.fault(CameraAccessException(CameraAccessException.CAMERA_DISCONNECTED)))
    }

    @Test
    fun `nothing is told after the source has been stopped`() {
        addBoth()
        val heard = Heard()
        val source = source(Cameras.Facing.FRONT, heard)
        source.start()
        source.stop()
        idle()
        assertTrue(heard.started.isEmpty())
        assertFalse(heard.faults.isNotEmpty())
        source.stop()
    }
}
