using System.Globalization;
using System.Text;

namespace Crater.Benchmarks;

/// <summary>Proven weaknesses over experiments, a step line for each policy, as an SVG that is readable on light and dark.</summary>
internal static class ProvenChart
{
    private const int Width = 640, Height = 360, Left = 48, Right = 150, Top = 24, Bottom = 44;

    // Told apart by people who see colours differently (Okabe and Ito).
    private static readonly string[] Colours = ["#0072B2", "#E69F00", "#009E73", "#CC79A7"];

    public static string Svg(IReadOnlyList<PolicyRuns> policies, IReadOnlyDictionary<string, ProvingRun> controls, int experiments)
    {
        var most = Proof.All.Count;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>Weaknesses proven over experiments, by policy</title>\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        for (var n = 0; n <= most; n += n == 10 ? 1 : 2)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(n):0.#}\" y2=\"{Y(n):0.#}\" stroke=\"#dddddd\"/><text x=\"{Left - 8}\" y=\"{Y(n) + 4:0.#}\" text-anchor=\"end\">{n}</text>\n");
        }

        for (var n = 0; n <= experiments; n += 5)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(n):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{n}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">experiments</text>\n<text x=\"{Left}\" y=\"14\">weaknesses proven, of {most}</text>\n");
        var labels = new List<double>();
        for (var i = 0; i < policies.Count; i++)
        {
            var places = policies[i].Proven(controls).Values.ToArray();
            var path = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"M{X(0):0.#} {Y(0):0.#}"));
            for (var n = 1; n <= policies[i].Played.Count; n++)
            {
                path.Append(CultureInfo.InvariantCulture, $" H{X(n):0.#} V{Y(places.Count(place => place <= n)):0.#}");
            }

            // Lines that end at one height must not have their names on top of each other.
            var label = Y(places.Length) + 4;
            while (labels.Any(other => Math.Abs(other - label) < 14))
            {
                label -= 14;
            }

            labels.Add(label);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}\" fill=\"none\" stroke=\"{Colours[i]}\" stroke-width=\"2.5\"/><text x=\"{X(experiments) + 8:0.#}\" y=\"{label:0.#}\" fill=\"{Colours[i]}\">{policies[i].Name}: {places.Length}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(int n) => Left + ((double)(Width - Left - Right) * n / experiments);
        double Y(int n) => Height - Bottom - ((double)(Height - Top - Bottom) * n / most);
    }
}
