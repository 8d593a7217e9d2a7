"""Line by line how sky, mountain and heart are drawn; `mmgap.datasets.glyphs.shapes` explains the notation."""

SHAPES = {
    "sun": """
        l main 6 50,4 50,16
        l main 6 50,84 50,96
        l main 6 4,50 16,50
        l main 6 84,50 96,50
        l main 6 17,17 26,26
        l main 6 74,74 83,83
        l main 6 17,83 26,74
        l main 6 74,26 83,17
        o main 50,50 25,25
        O ink 41,46 3,4
        O ink 59,46 3,4
        l ink 3 40,57 50,62 60,57
    """,
    "moon": """
        c main 58,4 36,10 18,32 18,62 36,88 62,96 86,82 64,78 48,62 44,40 50,20
        O dark 30,48 4,5
        O dark 38,72 5,4
    """,
    "star": """
        p main 50,4 62,36 97,38 70,60 80,94 50,75 20,94 30,60 3,38 38,36
        O ink 42,48 3,4
        O ink 58,48 3,4
        l ink 3 42,58 50,62 58,58
    """,
    "cloud": """
        c main 22,80 8,72 4,58 14,46 24,44 26,28 42,18 58,22 66,32 82,32 90,46 97,60 90,74 76,80 50,81
        L dark 4 26,60 36,66 48,62
        L dark 4 58,46 68,44 76,50
    """,
    "mountain": """
        p dark 48,90 72,34 99,90
        p main 1,90 38,10 76,90
        p white 38,10 24,40 33,34 40,44 46,34 52,40
    """,
    "heart": """
        c main 50,26 62,10 84,10 95,30 86,54 50,94 14,54 5,30 16,10 38,10
        L light 6 18,36 24,22
    """,
}
