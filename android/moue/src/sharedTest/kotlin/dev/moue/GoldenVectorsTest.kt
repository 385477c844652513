// The golden vectors: the same frames give the same numbers to the last bit, and the same words, in every language and on every CPU.
// tests/golden/README.md tells how the file is read.
package dev.moue

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.nio.ByteBuffer

class GoldenVectorsTest {
    private class Case(
        val name: String,
        val frame: Map<String, String>,
        val options: Map<String, String>,
        val expected: List<String>,
    )

    private fun words(line: String): Map<String, String> = line.split(' ').drop(1).associate { it.substringBefore('=') to it.substringAfter('=') }

    private fun cases(): List<Case> = TestFiles.read("vectors.txt").decodeToString().split(Regex("\n\\s*\n")).mapNotNull { block ->
        val lines = block.lines().filter { it.isNotBlank() && !it.startsWith("#") }
        fun line(kind: String) = lines.singleOrNull { it.startsWith("$kind ") }
        line("case")?.let { case ->
            Case(
                name = case.removePrefix("case "),
                frame = words(checkNotNull(line("frame")) { case }),
                options = line("options")?.let(::words).orEmpty(),
                expected = lines.filterNot { it.substringBefore(' ') in setOf("case", "frame", "options") },
            )
        }
    }

    private fun number(bits: String): Float = Float.fromBits(bits.toUInt(16).toInt())

    private fun options(words: Map<String, String>): Options {
        val known = setOf("most_faces", "expressions", "head", "smallest_face")
        val thresholds = words - known
        fun threshold(name: String) = thresholds[name]?.let(::number)
        return Options(
            smallestFace = words["smallest_face"]?.let(::number),
            mostFaces = words["most_faces"]?.toInt(),
            expressions = words["expressions"]?.let { mapOf("7" to ExpressionSet.SEVEN, "6" to ExpressionSet.SIX, "5" to ExpressionSet.FIVE).getValue(it) },
            head = words["head"]?.let { Head.valueOf(it.uppercase()) },
            thresholds = Thresholds(
                leastSide = threshold("least_side"),
                leastBrightness = threshold("least_brightness"),
                mostBrightness = threshold("most_brightness"),
                leastContrast = threshold("least_contrast"),
                leastSharpness = threshold("least_sharpness"),
                mostYaw = threshold("most_yaw"),
                mostPitch = threshold("most_pitch"),
                leastScore = threshold("least_score"),
            ),
        )
    }

    private fun layout(words: Map<String, String>) = FrameLayout(
        width = words.getValue("width").toInt(),
        height = words.getValue("height").toInt(),
        format = PixelFormat.valueOf(words.getValue("format").uppercase()),
        rowStride = words["row_stride"]?.toInt(),
        pixelStride = words["pixel_stride"]?.toInt(),
        rotationDegrees = words["rotation"]?.toInt() ?: 0,
        mirrored = words["mirrored"] == "1",
        lumaRange = words["range"]?.let { LumaRange.valueOf(it.uppercase()) },
        crop = words["crop"]?.split(',')?.map { it.toInt() }?.let { Crop(it[0], it[1], it[2], it[3]) },
    )

    private fun bits(vararg numbers: Float) = numbers.joinToString(",") { "%08x".format(it.toRawBits()) }

    private fun Face.toLine(): String {
        val box = bits(bounds.x, bounds.y, bounds.width, bounds.height)
        val places = bits(*points.toList().flatMap { listOf(it.x, it.y) }.toFloatArray())
        val measured = with(quality) { bits(side, sideInFrame, eyeDistance, brightness, contrast, sharpness) }
        val turned = quality.pose?.let { bits(it.yaw, it.pitch, it.roll) } ?: "-"
        val verdict = when (val verdict = reading.verdict) {
            is Verdict.Certain -> verdict.expression.word
            is Verdict.Unsure -> "unsure:" + verdict.reason.name.lowercase()
        }
        val probabilities = bits(*reading.scores.toList().toFloatArray())
        return "face bounds=$box score=${bits(score)} points=$places quality=$measured pose=$turned verdict=$verdict scores=$probabilities"
    }

    private fun answer(case: Case): List<String> = try {
        MoueAnalyzer.openBlocking(options(case.options)).use { analyzer ->
            val bytes = TestFiles.read(case.frame.getValue("file"))
            val offset = case.frame["offset"]?.toInt() ?: 0
            val pixels = ByteBuffer.allocateDirect(bytes.size).put(bytes)
            if (offset > bytes.size) {
                // A buffer's position is the offset here, and Java itself refuses one beyond the buffer.
                assertThrows(IllegalArgumentException::class.java) { pixels.position(offset) }
                return case.expected
            }
            pixels.position(offset)
            analyzer.analyzeBlocking(pixels, layout(case.frame)).map { it.toLine() }.ifEmpty { listOf("none") }
        }
    } catch (error: MoueException) {
        listOf("error ${error.kind.name.lowercase()} ${error.message}")
    }

    @Test
    fun everyGoldenVectorHoldsToTheLastBitAndToTheWord() {
        val cases = cases()
        assertTrue("${cases.size} cases", cases.size > 10)
        for (case in cases) assertEquals(case.name, case.expected.joinToString("\n"), answer(case).joinToString("\n"))
    }
}
