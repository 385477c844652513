// The door for photos, against the real native library. Where the faces lie was marked by hand in tests/photos.
package dev.moue

import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer
import kotlin.math.hypot

class PhotosTest {
    private val astronaut = GreyPicture.read("astronaut.pgm")
    private val hopper = GreyPicture.read("grace_hopper.pgm")

    /** A point marked in the photo, in the golden picture that was cut out of it at [left], [top] and reduced from [side] to 128 pixels. */
    private fun marked(left: Int, top: Int, side: Int, vararg points: Pair<Double, Double>) = points.map { (x, y) -> Point(((x - left) * 128 / side).toFloat(), ((y - top) * 128 / side).toFloat()) }

    private val astronautPoints =
        marked(147, 36, 155, 203.0 to 101.5, 246.0 to 103.5, 224.0 to 127.0, 204.0 to 140.5, 245.0 to 141.0)
    private val hopperPoints =
        marked(94, 42, 345, 221.5 to 190.5, 304.5 to 187.0, 267.0 to 242.0, 230.0 to 280.5, 308.0 to 278.5)

    /** Mean distance of a face's points from the marked ones, as a share of the marked eyes' distance. */
    private fun pointError(face: Face, marked: List<Point>): Double {
        fun distance(a: Point, b: Point) = hypot((a.x - b.x).toDouble(), (a.y - b.y).toDouble())
        return face.points.toList().zip(marked, ::distance).average() / distance(marked[0], marked[1])
    }

    @Test
    fun eachPhotoShowsOneFaceWithItsPointsWhereAPersonMarksThem() {
        for ((picture, points) in listOf(astronaut to astronautPoints, hopper to hopperPoints)) {
            val faces = Moue.analyzeBlocking(picture.direct(), picture.layout)
            assertEquals(1, faces.size)
            assertTrue("${pointError(faces[0], points)}", pointError(faces[0], points) < 0.1)
        }
    }

    @Test
    fun theAstronautIsHappyAndScoresSumToOne() {
        val reading = runBlocking { Moue.analyze(astronaut.direct(), astronaut.layout) }.single().reading
        assertEquals(Verdict.Certain(Expression.HAPPY), reading.verdict)
        assertEquals(Expression.HAPPY, reading.scores.best)
        assertEquals(1f, reading.scores.toList().sum(), 1e-5f)
    }

    @Test
    fun stridesTurnsMirrorsAndTheHeapChangeNothingToTheLastBit() {
        MoueAnalyzer.openBlocking().use { analyzer ->
            val expected = analyzer.analyzeBlocking(astronaut.direct(), astronaut.layout)
            val layout = astronaut.layout
            assertEquals(expected, analyzer.analyzeBlocking(astronaut.heap(), layout))
            for ((rowStride, pixelStride) in listOf(128 to 1, 144 to 1, 256 to 2, 300 to 2)) {
                val strided = layout.copy(rowStride = rowStride, pixelStride = pixelStride)
                assertEquals("$strided", expected, analyzer.analyzeBlocking(astronaut.strided(rowStride, pixelStride), strided))
            }
            for (degrees in listOf(90, 180, 270)) {
                val turned = astronaut.turnedBack(degrees)
                assertEquals("$degrees", expected, analyzer.analyzeBlocking(turned.direct(), turned.layout.copy(rotationDegrees = degrees)))
            }
            assertEquals(expected, analyzer.analyzeBlocking(astronaut.mirrored().direct(), layout.copy(mirrored = true)))
        }
    }

    @Test
    fun aBufferIsReadFromItsPositionToItsLimitAndLeftAsItWas() {
        val plain = astronaut.direct()
        val padded = ByteBuffer.allocateDirect(plain.remaining() + 50).apply {
            position(20)
            put(plain.duplicate())
            position(20)
            limit(20 + plain.remaining())
        }
        assertEquals(Moue.analyzeBlocking(plain, astronaut.layout), Moue.analyzeBlocking(padded, astronaut.layout))
        assertEquals(20, padded.position())
        assertEquals(20 + plain.remaining(), padded.limit())
    }

    @Test
    fun aSubsetOfExpressionsLeavesTheOthersAtZero() {
        MoueAnalyzer.openBlocking(Options(expressions = ExpressionSet.FIVE)).use { analyzer ->
            val scores = analyzer.analyzeBlocking(astronaut.direct(), astronaut.layout).single().reading.scores
            assertEquals(0f, scores[Expression.DISGUST])
            assertEquals(0f, scores[Expression.FEAR])
            assertEquals(1f, scores.toList().sum(), 1e-5f)
        }
    }

    @Test
    fun aStricterThresholdMakesTheReadingUnsureAndSaysWhy() {
        val strict = Options(thresholds = Thresholds(leastSide = 1000f))
        MoueAnalyzer.openBlocking(strict).use { analyzer ->
            val face = analyzer.analyzeBlocking(astronaut.direct(), astronaut.layout).single()
            assertEquals(Verdict.Unsure(Reason.TOO_SMALL), face.reading.verdict)
        }
    }

    @Test
    fun anEmptyWallShowsNoFace() {
        val wall = ByteBuffer.allocateDirect(320 * 240)
        assertEquals(emptyList<Face>(), Moue.analyzeBlocking(wall, FrameLayout(320, 240)))
    }

    @Test
    fun everyEXIFOrientationHasItsTurn() {
        val mirrored = (1..8).filter { Orientation.fromExif(it).mirrored }
        assertEquals(listOf(2, 4, 5, 7), mirrored)
        assertEquals(listOf(0, 0, 180, 180, 90, 90, 270, 270), (1..8).map { Orientation.fromExif(it).rotationDegrees })
    }
}
