"""The words of the glyphs in English and Spanish: what can be drawn, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """One thing that can be drawn.

    Attributes:
        category: the group it belongs to.
        english, spanish: (singular, plural); the English singular is its key.
        gender: of the Spanish noun, ``"m"`` or ``"f"``.
        english_other, spanish_other: further keywords, general words last.
    """

    category: str
    english: tuple[str, str]
    spanish: tuple[str, str]
    gender: str
    english_other: tuple[str, ...]
    spanish_other: tuple[str, ...]


@dataclass(frozen=True)
class Colour:
    """One colour: RGB, and (singular, plural) of its Spanish adjective by gender."""

    rgb: tuple[int, int, int]
    masculine: tuple[str, str]
    feminine: tuple[str, str]


# category | English, plural | Spanish, plural, gender | further keywords in English | in Spanish
_NOUNS = """
animal | fish, fish | pez, peces, m | sea animal | animal marino
animal | bird, birds | pájaro, pájaros, m | songbird, animal | ave, animal
animal | cat, cats | gato, gatos, m | kitten, pet | minino, mascota
animal | rabbit, rabbits | conejo, conejos, m | bunny, pet | conejito, mascota
animal | butterfly, butterflies | mariposa, mariposas, f | insect | insecto
animal | snail, snails | caracol, caracoles, m | mollusc | molusco
animal | turtle, turtles | tortuga, tortugas, f | tortoise, reptile | galápago, reptil
animal | duck, ducks | pato, patos, m | duckling, animal | patito, animal
animal | owl, owls | búho, búhos, m | night bird | ave nocturna
animal | crab, crabs | cangrejo, cangrejos, m | shellfish | marisco
plant | tree, trees | árbol, árboles, m | plant, forest | planta, bosque
plant | flower, flowers | flor, flores, f | daisy, plant | margarita, planta
plant | leaf, leaves | hoja, hojas, f | foliage | follaje
plant | mushroom, mushrooms | seta, setas, f | fungus, toadstool | hongo, champiñón
plant | cactus, cacti | cactus, cactus, m | desert plant | planta del desierto
food | apple, apples | manzana, manzanas, f | fruit | fruta
food | pear, pears | pera, peras, f | fruit | fruta
food | carrot, carrots | zanahoria, zanahorias, f | vegetable | hortaliza
food | ice cream, ice creams | helado, helados, m | cone, dessert | cucurucho, postre
food | cake, cakes | tarta, tartas, f | birthday, dessert | cumpleaños, postre
home | house, houses | casa, casas, f | home, building | hogar, edificio
home | window, windows | ventana, ventanas, f | pane | cristal
home | chair, chairs | silla, sillas, f | seat, furniture | asiento, mueble
home | bed, beds | cama, camas, f | bedroom, furniture | dormitorio, mueble
home | lamp, lamps | lámpara, lámparas, f | light | luz
home | cup, cups | taza, tazas, f | mug, breakfast | tazón, desayuno
home | bottle, bottles | botella, botellas, f | drink | bebida
home | key, keys | llave, llaves, f | lock, open | cerradura, abrir
home | clock, clocks | reloj, relojes, m | hour, time | hora, tiempo
home | candle, candles | vela, velas, f | flame | llama
home | envelope, envelopes | sobre, sobres, m | letter, mail | carta, correo
home | box, boxes | caja, cajas, f | parcel, container | paquete, recipiente
clothes | shirt, shirts | camiseta, camisetas, f | T-shirt, clothing | camisa, ropa
clothes | hat, hats | sombrero, sombreros, m | top hat, clothing | chistera, ropa
clothes | boot, boots | bota, botas, f | footwear | calzado
clothes | umbrella, umbrellas | paraguas, paraguas, m | parasol, rain | sombrilla, lluvia
clothes | crown, crowns | corona, coronas, f | king, queen | rey, reina
transport | car, cars | coche, coches, m | automobile, vehicle | automóvil, vehículo
transport | bus, buses | autobús, autobuses, m | public transport | transporte público
transport | boat, boats | barco, barcos, m | sailing ship, vehicle | velero, vehículo
transport | plane, planes | avión, aviones, m | aeroplane, flight | aeroplano, vuelo
transport | train, trains | tren, trenes, m | engine, railway | locomotora, ferrocarril
transport | bicycle, bicycles | bicicleta, bicicletas, f | bike, cycling | bici, ciclismo
transport | rocket, rockets | cohete, cohetes, m | spaceship, space | nave espacial, espacio
transport | balloon, balloons | globo, globos, m | party | fiesta
nature | sun, suns | sol, soles, m | sunny, weather | soleado, tiempo
nature | moon, moons | luna, lunas, f | night | noche
nature | star, stars | estrella, estrellas, f | sky, night | cielo, noche
nature | cloud, clouds | nube, nubes, f | cloudy, weather | nublado, tiempo
nature | mountain, mountains | montaña, montañas, f | peak, landscape | cumbre, paisaje
play | ball, balls | pelota, pelotas, f | toy, game | juguete, juego
play | bell, bells | campana, campanas, f | ring, sound | timbre, sonido
play | guitar, guitars | guitarra, guitarras, f | music, instrument | música, instrumento
play | gift, gifts | regalo, regalos, m | present, surprise | obsequio, sorpresa
play | flag, flags | bandera, banderas, f | banner | estandarte
play | heart, hearts | corazón, corazones, m | love | amor
work | book, books | libro, libros, m | reading, story | lectura, cuento
work | pencil, pencils | lápiz, lápices, m | write, school | escribir, escuela
work | telephone, telephones | teléfono, teléfonos, m | mobile, call | móvil, llamar
work | hammer, hammers | martillo, martillos, m | tool | herramienta
"""


def _noun(line: str) -> Noun:
    columns = ([word.strip() for word in column.split(",")] for column in line.split("|"))
    (category,), (english, englishes), (spanish, spanishes, gender), in_english, in_spanish = columns
    return Noun(category, (english, englishes), (spanish, spanishes), gender, (*in_english,), (*in_spanish,))


#: The things by key (`Noun.english[0]`), in a fixed order.
NOUNS = {noun.english[0]: noun for noun in map(_noun, _NOUNS.strip().splitlines())}

#: The colours by English word, in a fixed order.
COLOURS = {
    "red": Colour((214, 40, 40), ("rojo", "rojos"), ("roja", "rojas")),
    "orange": Colour((245, 130, 32), ("naranja", "naranjas"), ("naranja", "naranjas")),
    "yellow": Colour((250, 205, 40), ("amarillo", "amarillos"), ("amarilla", "amarillas")),
    "green": Colour((46, 154, 72), ("verde", "verdes"), ("verde", "verdes")),
    "blue": Colour((38, 96, 200), ("azul", "azules"), ("azul", "azules")),
    "purple": Colour((128, 60, 165), ("morado", "morados"), ("morada", "moradas")),
    "pink": Colour((247, 140, 180), ("rosa", "rosas"), ("rosa", "rosas")),
    "brown": Colour((130, 80, 44), ("marrón", "marrones"), ("marrón", "marrones")),
    "grey": Colour((140, 146, 152), ("gris", "grises"), ("gris", "grises")),
    "white": Colour((250, 250, 250), ("blanco", "blancos"), ("blanca", "blancas")),
}
