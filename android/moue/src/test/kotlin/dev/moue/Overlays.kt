// What the tests of the overlay share: faces with a wished reading, views of a wished size, and pictures of what they draw.
package dev.moue

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.os.Build
import android.view.View
import org.junit.Assume.assumeTrue
import org.robolectric.RuntimeEnvironment
import java.io.File
import kotlin.math.abs

internal val PHOTO_SIZE = Size(512, 512)

/** Certain ones are so to 97 per cent. */
internal fun face(bounds: Bounds, verdict: Verdict) = Face(
    bounds = bounds,
    score = 1f,
    points = Points(Point(0f, 0f), Point(1f, 0f), Point(0f, 1f), Point(0f, 2f), Point(1f, 2f)),
    quality = Quality(48f, 48f, 20f, 0.5f, 0.2f, 0.2f, null),
    reading = Reading(
        verdict,
        Scores(Expression.entries.map { if (it == ((verdict as? Verdict.Certain)?.expression ?: Expression.HAPPY)) 0.97f else 0.005f }),
    ),
)

internal fun happy(x: Float, y: Float, width: Float, height: Float) = face(Bounds(x, y, width, height), Verdict.Certain(Expression.HAPPY))

internal fun overlay(width: Int, height: Int, context: Context = RuntimeEnvironment.getApplication()) = FaceOverlayView(context).apply {
    layoutDirection = context.resources.configuration.layoutDirection
    measure(View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY), View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY))
    layout(0, 0, width, height)
}

/** What is written in a font has its true width only where Robolectric draws. */
internal fun assumeDrawing() = assumeTrue("Robolectric draws from API 26 on", Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)

/** The overlay over the photo as a view below would show it, also written to a file. */
internal fun FaceOverlayView.picture(name: String): Bitmap {
    assumeDrawing()
    val photo = TestFiles.read("astronaut.jpg").let { BitmapFactory.decodeByteArray(it, 0, it.size) }
    val drawn = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
    val canvas = Canvas(drawn)
    transform?.let { transform ->
        val whole = transform.map(Bounds(0f, 0f, PHOTO_SIZE.width.toFloat(), PHOTO_SIZE.height.toFloat()))
        canvas.save()
        if (mirrored) canvas.scale(-1f, 1f, width / 2f, 0f)
        val target = if (mirrored) whole.copy(x = width - whole.right) else whole
        canvas.drawBitmap(photo, null, RectF(target.x, target.y, target.right, target.bottom), Paint(Paint.FILTER_BITMAP_FLAG))
        canvas.restore()
    }
    draw(canvas)
    val output = File(System.getProperty("moue.output") ?: "build", "overlay").apply { mkdirs() }
    File(output, "$name.png").outputStream().use { drawn.compress(Bitmap.CompressFormat.PNG, 100, it) }
    return drawn
}

internal fun near(color: Int, expected: Int) = listOf(0, 8, 16).all { abs((color shr it and 0xFF) - (expected shr it and 0xFF)) < 12 }

internal fun colorOf(verdict: Verdict) = RuntimeEnvironment.getApplication().getColor(verdict.color)

internal val HAPPY_COLOR get() = colorOf(Verdict.Certain(Expression.HAPPY))
