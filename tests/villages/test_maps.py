from villages.imports import katingan_outlines
from villages.maps import Area, Projection, draw, legend, level, middle, path_of, rings_of

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}
TWO = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], [[[20, 0], [21, 0], [21, 1], [20, 0]]]]}


def area(geometry=SQUARE, **values):
    return Area(**{"name": "A", "label": "A", "url": "/a/", "geometry": geometry, **values})


def test_path_is_drawn_in_relative_whole_units():
    assert path_of(SQUARE, Projection(west=0, north=10, across=1, down=1)) == "M4 14l10 0 0 -10 -10 0 0 10z"


def test_path_of_several_parts_has_one_line_for_each():
    assert path_of(TWO, Projection(0, 10, 1, 1)).count("M") == 2


def test_north_is_up_and_degrees_of_longitude_are_narrower_at_sixty():
    far_north = {"type": "Polygon", "coordinates": [[[0, 59], [2, 59], [2, 61], [0, 61], [0, 59]]]}
    drawing = draw([area(far_north)], width=208)
    assert drawing.view_box == "0 0 208 408"
    assert drawing.shapes[0].path.startswith("M4 404")


def test_middle_is_the_balance_point_of_the_largest_part():
    assert middle(TWO) == (5.0, 5.0)


def test_levels_and_legend_agree():
    assert [level(value, 8) for value in range(9)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert [(entry.css, entry.label) for entry in legend(8)] == [
        ("map-0", "0"), ("map-1", "1–2"), ("map-2", "3–4"), ("map-3", "5–6"), ("map-4", "7–8"),
    ]  # fmt: skip
    assert [entry.label for entry in legend(1)] == ["0", "1"]
    assert [entry.label for entry in legend(0)] == ["0"]


def test_an_area_without_outline_is_left_out():
    assert draw([area(None)]) is None
    assert len(draw([area(None), area()]).shapes) == 1


def test_every_outline_of_katingan_can_be_drawn():
    areas = [area(outline.geometry) for outline in katingan_outlines().values()]
    drawing = draw(areas)
    assert len(drawing.shapes) == 174
    assert all(shape.path for shape in drawing.shapes)
    assert all(rings_of(each.geometry) for each in areas)
