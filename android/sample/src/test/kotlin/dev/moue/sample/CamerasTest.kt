package dev.moue.sample

import android.graphics.Matrix
import android.util.Size
import android.view.Surface
import dev.moue.sample.Cameras.Facing
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class CamerasTest {
    private fun camera(facing: Facing, orientation: Int) = Cameras.Camera("0", facing, orientation, Size(640, 480), Size(1280, 960))

    /** The usual phone: back camera mounted at 90 degrees, front camera at 270; the angles are those of Android's camera guide. */
    @Test
    fun `frames are turned upright for every way to hold a phone`() {
        val rotations = listOf(Surface.ROTATION_0, Surface.ROTATION_90, Surface.ROTATION_180, Surface.ROTATION_270)
        assertEquals(listOf(90, 0, 270, 180), rotations.map { Cameras.uprightRotation(camera(Facing.BACK, 90), it) })
        assertEquals(listOf(270, 0, 90, 180), rotations.map { Cameras.uprightRotation(camera(Facing.FRONT, 270), it) })
    }

    @Test
    fun `the size nearest to what is wanted is taken, of the preview's shape`() {
        val sizes = listOf(Size(1920, 1080), Size(640, 360), Size(1440, 1080), Size(800, 600), Size(320, 240))
        assertEquals(Size(800, 600), Cameras.nearest(sizes, Size(640, 480), null))
        assertEquals(Size(1440, 1080), Cameras.nearest(sizes, Size(1280, 960), Size(640, 480)))
        assertEquals(null, Cameras.nearest(listOf(Size(1920, 1080)), Size(1280, 960), Size(640, 480)))
        assertEquals(null, Cameras.nearest(emptyList(), Size(640, 480), null))
    }

    private fun place(matrix: Matrix, x: Float, y: Float) = floatArrayOf(x, y).also(matrix::mapPoints)

    /** Where a corner of the view's stretched picture goes: the picture covers the view, centred, its overhang the same on both sides. */
    @Test
    fun `held upright the stretch is undone and the view is covered`() {
        // 1280x960 shown at 90 degrees is 960x1280; in a view of 600x600 it is scaled to 600x800.
        val matrix = PreviewTransform.fill(Size(600, 600), Size(1280, 960), 90, 0)
        assertArrayEquals(floatArrayOf(0f, -100f), place(matrix, 0f, 0f), 0.01f)
        assertArrayEquals(floatArrayOf(600f, 700f), place(matrix, 600f, 600f), 0.01f)
    }

    @Test
    fun `held on its side the picture is turned back as well`() {
        // The display is turned by 90 degrees; the picture is 1280x960 upright; in 800x300 it is scaled to 800x600.
        val matrix = PreviewTransform.fill(Size(800, 300), Size(1280, 960), 90, 90)
        // The view's top left corner shows the top of the sensor's own upright picture, which belongs to the bottom left.
        assertArrayEquals(floatArrayOf(0f, 450f), place(matrix, 0f, 0f), 0.01f)
        assertArrayEquals(floatArrayOf(0f, -150f), place(matrix, 800f, 0f), 0.01f)
        val other = PreviewTransform.fill(Size(800, 300), Size(1280, 960), 90, 270)
        assertArrayEquals(floatArrayOf(800f, -150f), place(other, 0f, 0f), 0.01f)
    }
}
