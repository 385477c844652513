// How colours look to people with another colour vision, and how far apart they are: for the tests of the palettes of the library and the sample.
package dev.moue

import kotlin.math.cbrt
import kotlin.math.hypot
import kotlin.math.pow

/**
 * A kind of colour vision, simulated in linear sRGB by a matrix, row by row.
 *
 * The matrices are those of severity 1.0 in G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15(6), 2009.
 */
enum class ColourVision(private vararg val matrix: Double) {
    USUAL(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    PROTANOPIA(0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998),
    DEUTERANOPIA(0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881),
    TRITANOPIA(1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900),
    ;

    /** The CIE 1976 colour difference of two colours, as `0xRRGGBB`, to this vision; 2.3 can just be told apart (Mahy and others, 1994). */
    fun difference(one: Int, other: Int): Double {
        val (a, b) = lab(one) to lab(other)
        return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2])
    }

    /** CIE L*a*b* of what is seen, white being sRGB's own (D65). */
    fun lab(color: Int): List<Double> {
        val light = linear(color)
        val (red, green, blue) = List(3) { row -> (0..2).sumOf { matrix[3 * row + it] * light[it] }.coerceIn(0.0, 1.0) }
        val x = curve((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047)
        val y = curve(0.2126729 * red + 0.7151522 * green + 0.0721750 * blue)
        val z = curve((0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883)
        return listOf(116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    companion object {
        /** The contrast of two colours, 1 to 21, as WCAG 2.2 defines it. */
        fun contrast(one: Int, other: Int): Double {
            val (darker, lighter) = listOf(luminance(one), luminance(other)).sorted()
            return (lighter + 0.05) / (darker + 0.05)
        }

        /** For each pair of [colors] and each vision that sees less than [least] between them: a sentence. */
        fun tooNear(colors: Map<String, Int>, least: Double): List<String> = entries.flatMap { vision ->
            val names = colors.keys.toList()
            names.flatMapIndexed { index, one -> names.drop(index + 1).map { one to it } }.mapNotNull { (one, other) ->
                val difference = vision.difference(colors.getValue(one), colors.getValue(other))
                "$one and $other differ by %.1f in $vision".format(difference).takeIf { difference < least }
            }
        }

        private fun luminance(color: Int) = linear(color).let { (red, green, blue) -> 0.2126 * red + 0.7152 * green + 0.0722 * blue }

        private fun linear(color: Int) = listOf(16, 8, 0).map { shift ->
            val channel = (color shr shift and 0xFF) / 255.0
            if (channel <= 0.04045) channel / 12.92 else ((channel + 0.055) / 1.055).pow(2.4)
        }

        private fun curve(ratio: Double) = if (ratio > 216.0 / 24389) cbrt(ratio) else (24389.0 / 27 * ratio + 16) / 116
    }
}
