// Degrees and picture sizes say most as plain numbers.
@file:Suppress("MagicNumber")

package dev.moue.sample

import android.graphics.ImageFormat
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.util.Size
import android.view.Surface

/** The cameras of the device: which there are, how they are mounted, which sizes fit. Opens nothing; [CameraSource] does. */
object Cameras {
    /** The side of the device that a camera looks from. */
    enum class Facing {
        FRONT,
        BACK,
        ;

        /** The other one. */
        fun other(): Facing = if (this == FRONT) BACK else FRONT
    }

    /**
     * One camera.
     *
     * @property id Android's name of it.
     * @property facing its side; an external camera counts as one that looks at the user.
     * @property sensorOrientation degrees, clockwise, by which its pictures must be turned where the device is held as it was designed to be.
     * @property frame the size of the frames to be analysed.
     * @property preview the size of the preview: the same shape, so that both show the same part of the world.
     */
    data class Camera(val id: String, val facing: Facing, val sensorOrientation: Int, val frame: Size, val preview: Size)

    /** All cameras that give frames, in Android's order. A camera that can't be asked about is passed over. */
    fun all(manager: CameraManager): List<Camera> = try {
        manager.cameraIdList.mapNotNull { describe(manager, it) }
    } catch (_: CameraAccessException) {
        emptyList()
    }

    /** The camera that looks from [facing], or any other where there is none. */
    fun choose(cameras: List<Camera>, facing: Facing): Camera? = cameras.firstOrNull { it.facing == facing } ?: cameras.firstOrNull()

    /**
     * Degrees, clockwise, by which a frame must be turned to be upright on a screen that is turned by [displayRotation] (`Surface.ROTATION_0`
     * and so on; Android's guide "Camera2: device rotation" has the formula).
     */
    fun uprightRotation(camera: Camera, displayRotation: Int): Int {
        val display = displayDegrees(displayRotation)
        return when (camera.facing) {
            Facing.FRONT -> (camera.sensorOrientation + display) % 360
            Facing.BACK -> (camera.sensorOrientation - display + 360) % 360
        }
    }

    /** Degrees for Android's constants of a display's rotation. */
    fun displayDegrees(displayRotation: Int): Int = when (displayRotation) {
        Surface.ROTATION_90 -> 90
        Surface.ROTATION_180 -> 180
        Surface.ROTATION_270 -> 270
        else -> 0
    }

    /** What an error that a camera reports means. */
    fun fault(error: Int): CameraFault = when (error) {
        CameraDevice.StateCallback.ERROR_CAMERA_IN_USE, CameraDevice.StateCallback.ERROR_MAX_CAMERAS_IN_USE -> CameraFault.IN_USE
        CameraDevice.StateCallback.ERROR_CAMERA_DISABLED -> CameraFault.DISABLED
        else -> CameraFault.FAILED
    }

    /** What an exception from the camera service means. */
    fun fault(exception: CameraAccessException): CameraFault = when (exception.reason) {
        CameraAccessException.CAMERA_IN_USE, CameraAccessException.MAX_CAMERAS_IN_USE -> CameraFault.IN_USE
        CameraAccessException.CAMERA_DISABLED -> CameraFault.DISABLED
        CameraAccessException.CAMERA_DISCONNECTED -> CameraFault.LOST
        else -> CameraFault.FAILED
    }

    private fun describe(manager: CameraManager, id: String): Camera? {
        val facts = try {
            manager.getCameraCharacteristics(id)
        } catch (_: CameraAccessException) {
            return null
        } catch (_: IllegalArgumentException) {
            // Unplugged since it was listed.
            return null
        }
        val sizes = facts[CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP]
        val frame = nearest(sizes?.getOutputSizes(ImageFormat.YUV_420_888).orEmpty().toList(), FRAME, null) ?: FRAME
        val preview = nearest(sizes?.getOutputSizes(SurfaceTexture::class.java).orEmpty().toList(), PREVIEW, frame) ?: frame
        val facing = if (facts[CameraCharacteristics.LENS_FACING] == CameraCharacteristics.LENS_FACING_BACK) Facing.BACK else Facing.FRONT
        return Camera(id, facing, facts[CameraCharacteristics.SENSOR_ORIENTATION] ?: 0, frame, preview)
    }

    /** Of [sizes] the one whose number of pixels is nearest to [wanted]'s, of the shape of [shape] or else of [wanted]. */
    internal fun nearest(sizes: List<Size>, wanted: Size, shape: Size?): Size? {
        val like = shape ?: wanted
        val fitting = sizes.filter { it.width.toLong() * like.height == it.height.toLong() * like.width }
        val candidates = fitting.ifEmpty { if (shape == null) sizes else emptyList() }
        return candidates.minByOrNull { kotlin.math.abs(it.width.toLong() * it.height - wanted.width.toLong() * wanted.height) }
    }

    /** What the analysis works on anyway; more would only be thrown away. */
    private val FRAME = Size(640, 480)
    private val PREVIEW = Size(1280, 960)
}
