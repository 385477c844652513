// What is said when something is wrong: which kind of error, and words that say what was given and what to do.
package dev.moue

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer

class ErrorsTest {
    private val picture = GreyPicture.read("astronaut.pgm")

    private fun expect(kind: MoueException.Kind, vararg words: String, work: () -> Unit) {
        val error = assertThrows(MoueException::class.java) { work() }
        assertEquals(error.message, kind, error.kind)
        for (word in words) assertTrue("\"${error.message}\" lacks \"$word\"", error.message.orEmpty().contains(word))
    }

    private fun expectBadInput(vararg words: String, work: () -> Unit) = expect(MoueException.Kind.BAD_INPUT, *words, work = work)

    private fun analyze(layout: FrameLayout, pixels: ByteBuffer = picture.direct()) {
        Moue.analyzeBlocking(pixels, layout)
    }

    @Test
    fun aShortBufferIsToldWithTheBytesItHasAndNeeds() {
        expectBadInput("16384 bytes", "at least 32768") { analyze(FrameLayout(128, 256)) }
    }

    @Test
    fun numbersThatMakeNoSenseAreRefusedByBothDoors() {
        val layout = picture.layout
        val wrong = listOf(
            layout.copy(width = -1) to "width is -1",
            layout.copy(height = 0) to "width and height must be at least 1",
            layout.copy(rowStride = 100) to "row stride 100",
            layout.copy(rowStride = 0) to "row stride",
            layout.copy(pixelStride = 0) to "pixel stride",
            layout.copy(rotationDegrees = 45) to "45 degrees",
            layout.copy(crop = Crop(100, 100, 100, 100)) to "crop",
            layout.copy(crop = Crop(0, 0, 0, 0)) to "crop",
        )
        MoueSession.openBlocking().use { session ->
            for ((bad, words) in wrong) {
                expectBadInput(words) { analyze(bad) }
                expectBadInput(words) { session.submit(picture.direct(), bad, 1) }
            }
        }
    }

    @Test
    fun optionsOutsideTheirRangeAreToldWhenSomethingIsOpened() {
        expectBadInput("smallest_face is 2", "0.02 to 1") { MoueAnalyzer.openBlocking(Options(smallestFace = 2f)) }
        expectBadInput("most_faces is 0") { MoueAnalyzer.openBlocking(Options(mostFaces = 0)) }
        expectBadInput("mostFaces is -1") { MoueAnalyzer.openBlocking(Options(mostFaces = -1)) }
        expectBadInput("10 to 160") { MoueSession.openBlocking(LiveOptions(fieldOfView = 5f)) }
        expectBadInput("budget") { MoueSession.openBlocking(LiveOptions(budget = Budget.Results(0f))) }
        MoueSession.openBlocking().use { session -> expectBadInput("budget") { session.setBudget(Budget.Load(7f)) } }
    }

    @Test
    fun aFileThatIsNoModelIsToldAsSuch() {
        val models = Models(expression = "no model".toByteArray())
        expect(MoueException.Kind.BAD_MODEL, "expression model") { MoueAnalyzer.openBlocking(Options(models = models)) }
    }

    @Test
    fun timeThatStandsStillIsRefusedAndTheSessionGoesOn() {
        MoueSession.openBlocking().use { session ->
            session.submit(picture.direct(), picture.layout, 5)
            expectBadInput("5 ns") { session.submit(picture.direct(), picture.layout, 5) }
            expectBadInput("-1 ns") { session.submit(picture.direct(), picture.layout, -1) }
            session.submit(picture.direct(), picture.layout, 6)
        }
    }

    @Test
    fun anAnalyzerThatIsClosedSaysSo() {
        val analyzer = MoueAnalyzer.openBlocking()
        analyzer.close()
        analyzer.close()
        expect(MoueException.Kind.CLOSED, "open a new one") { analyzer.analyzeBlocking(picture.direct(), picture.layout) }
    }

    @Test
    fun anEXIFOrientationThatIsntOneIsRefused() {
        expectBadInput("orientation is 0", "1 to 8") { Orientation.fromExif(0) }
    }

    @Test
    fun nativeCodeOfAnotherVersionOrNoneIsToldWithWhatToDo() {
        assertNull(Native.versionProblem(VERSION))
        val problem = Native.versionProblem("0.0.9")
        assertEquals(MoueException.Kind.NOT_AVAILABLE, problem?.kind)
        assertTrue(problem?.message, problem?.message.orEmpty().contains("0.0.9"))
        val missing = Native.missing("i686")
        for (word in listOf("i686", "arm64-v8a", "abiFilters")) assertTrue(missing, missing.contains(word))
    }
}
